use super::*;
use crate::browse::event::{Export, Written};

fn jobs(walk: &Walk) -> Vec<&Job> {
    let effects = walk.effects.iter();
    effects
        .filter_map(|effect| match effect {
            Effect::Job(job) => Some(job),
            _ => None,
        })
        .collect()
}

#[test]
fn the_list_is_walked_and_sorted_and_keeps_what_is_chosen() {
    let mut walk = Walk::new(80, 24);
    assert_eq!(walk.chosen(), Some(1));
    walk.press("Down Down");
    assert_eq!(walk.chosen(), Some(3));
    walk.press("s Down Down Down Down Enter").shows("sorted by size");
    assert_eq!(walk.chosen(), Some(3));
    let order = |walk: &Walk| walk.state.list().shown().to_vec();
    let upward = order(&walk);
    walk.press("s Enter").shows("sorted by -size");
    assert_ne!(order(&walk), upward);
    walk.press("s Home Enter");
    assert_eq!(order(&walk), [0, 1, 2, 3]);
    walk.press("End");
    assert_eq!(walk.chosen(), Some(4));
    walk.press("Home").tell(Event::Click(10, 4));
    assert_eq!(walk.chosen(), Some(3));
}

#[test]
fn a_filter_holds_as_it_is_typed_and_is_given_up_whole() {
    let mut walk = Walk::new(80, 24);
    walk.press("/")
        .type_in("outcome == fail")
        .shows("4 messages")
        .shows("failure");
    walk.press("Tab")
        .shows("1 of 4 messages")
        .shows("/ outcome == failure");
    assert_eq!(walk.chosen(), Some(2));
    walk.press("Esc").shows("4 messages").hides("filter outcome");
    walk.press("/")
        .type_in("outcome == failure")
        .press("Enter")
        .shows("filter outcome == failure");
    walk.press("Esc").shows("4 messages").hides("filter outcome");
}

#[test]
fn an_error_is_told_at_its_place_and_leaves_the_list_as_it_is() {
    let mut walk = Walk::new(80, 24);
    walk.press("/").type_in("id > 1 and outcom == failure");
    let screen = walk.screen();
    let lines: Vec<&str> = screen.lines().collect();
    assert_eq!(lines[22], "/ id > 1 and outcom == failure");
    assert_eq!(
        lines[23],
        "             ^^^^^^ there is no field outcom; did you mean outcome?"
    );
    assert!(
        lines[0].starts_with("3 of 4 messages"),
        "what could be read last holds: {screen}"
    );
    walk.press("Enter").shows("did you mean outcome?");
    // With the end missing, what could stand there is shown; to be taken, it has to be there.
    walk.press("Ctrl-U").type_in("outcome =").hides("^");
    walk.type_in("= ")
        .shows("success  failure")
        .press("Enter")
        .shows("^ a value to compare outcome with is missing");
}

#[test]
fn a_long_filter_stays_on_the_screen_where_its_cursor_is() {
    let mut walk = Walk::new(40, 12);
    let many = vec!["id == 1"; 20].join(" or ");
    walk.press("/").type_in(&many).type_in(" or idd == 5");
    walk.shows("or idd == 5").shows("did you mean id?");
    walk.press("Home").shows("/ id == 1 or id == 1");
}

#[test]
fn outcomes_and_failures_are_chosen_from_a_menu() {
    let mut walk = Walk::new(80, 24);
    walk.press("f")
        .shows("Messages with")
        .shows("failure")
        .shows("retrieve_http_error");
    walk.press("Down Down Enter")
        .shows("1 of 4 messages")
        .shows("only failure");
    walk.press("f")
        .press("End Enter")
        .shows("only retrieve_http_error");
    assert_eq!(walk.state.list().shown(), [1, 2]);
    walk.press("f Home Enter").shows("4 messages");
}

#[test]
fn times_are_those_of_a_clock_or_count_from_the_first_frame() {
    let mut walk = Walk::new(120, 24);
    walk.shows("TIME (UTC)").shows("10:00:00");
    walk.press("t").shows("SECONDS").shows("0.000").hides("10:00:00");
    walk.press("t").shows("TIME (UTC)");
}

#[test]
fn each_arrow_can_be_chosen_and_its_pdu_is_shown_below() {
    let mut walk = Walk::new(100, 40);
    walk.press("Enter").shows("reading the captures again");
    walk.read_pdus().shows("tree of frame 8").shows("> ");
    walk.press("Down")
        .hides("tree of frame 8")
        .shows("tree of frame 10");
    walk.press("End").shows("── frame 41");
    walk.press("Home").shows("── frame 8");
    // A GET has no PDU.
    walk.press("Down Down Down")
        .shows("GET")
        .shows("there is no PDU of MMS in this frame");
    walk.press("Home Enter")
        .shows("PDU\ntree of frame 8")
        .press("q")
        .shows("── frame 8");
    // Opened again, what was read is still there.
    walk.press("Tab")
        .shows("in full")
        .press("Tab")
        .shows("tree of frame 8");
    let reads = jobs(&walk)
        .into_iter()
        .filter(|job| matches!(job, Job::Read { .. }));
    assert_eq!(reads.count(), 1);
}

#[test]
fn what_was_read_for_another_message_is_not_shown() {
    let mut walk = Walk::new(100, 40);
    walk.press("Enter n")
        .shows("Message 2, call flow")
        .shows("reading the captures again");
    let [
        Job::Read {
            request: first,
            wanted,
        },
        Job::Read { .. },
    ] = jobs(&walk)[..]
    else {
        panic!("{:?}", walk.effects)
    };
    let (request, place) = (*first, wanted[0]);
    let tree = b"tree of the first message\n".to_vec();
    walk.tell(Event::Answer(Answer::Pdu { request, place, tree }));
    walk.hides("tree of the first message");
    walk.press("q");
    assert!(
        matches!(jobs(&walk).last(), Some(Job::StopReading)),
        "{:?}",
        walk.effects
    );
}

#[test]
fn captures_from_a_pipe_are_not_read_again_and_that_is_said() {
    let mut once = data();
    once.read_once = Some("the captures came from a pipe".to_owned());
    let mut walk = Walk::with(once, Look::default(), 80, 24);
    walk.press("Enter").shows("the captures came from a pipe");
    assert!(!jobs(&walk).iter().any(|job| matches!(job, Job::Read { .. })));
    walk.press("w")
        .shows("the captures came from a pipe")
        .press("p")
        .shows("the captures came from a pipe");
    walk.press("j").shows("write the message as JSON");
}

#[test]
fn what_cannot_be_read_again_is_told_in_the_pane() {
    let mut walk = Walk::new(100, 40);
    walk.press("Enter");
    let told = |request, error: Option<&str>| {
        Event::Answer(Answer::ReadingOver {
            request,
            error: error.map(str::to_owned),
        })
    };
    walk.tell(told(1, Some("a.pcap: No such file")))
        .shows("a.pcap: No such file");
    walk.press("q Enter")
        .tell(told(2, None))
        .shows("it is not in the captures any more");
}

#[test]
fn views_of_a_message_take_each_others_place_and_go_on_to_the_next() {
    let mut walk = Walk::new(80, 24);
    walk.press("Tab")
        .shows("Message 1, in full")
        .press("n")
        .shows("Message 2, in full");
    walk.press("l")
        .shows("Message 2, legs and joins")
        .press("N")
        .shows("Message 1, legs and joins");
    walk.press("N").shows("there is no other message");
    walk.press("q").shows("4 messages");
    walk.press("c ? S q q q").shows("4 messages");
}

#[test]
fn figures_are_of_the_messages_in_the_list() {
    let mut walk = Walk::new(160, 24);
    walk.press("S")
        .shows("Figures by mmsc")
        .shows("MMSC")
        .shows("all");
    walk.press("b")
        .shows("Group by")
        .press("Down Down Down Enter")
        .shows("Figures by recipient")
        .shows("+61400000003");
    walk.press("q /")
        .type_in("id == 2")
        .press("Enter S")
        .shows("Figures by recipient")
        .hides("+61400000003");
}

#[test]
fn messages_are_written_under_a_name_that_can_be_changed() {
    let mut walk = Walk::new(80, 24);
    walk.press("Down w")
        .shows("to the capture message-2.pcapng")
        .press("Ctrl-W")
        .type_in("x.pcap")
        .press("Enter");
    walk.shows("writing x.pcap");
    let export = |what, messages: &[u32], path: &str| Job::Export {
        what,
        messages: messages.to_vec(),
        path: path.into(),
    };
    assert_eq!(jobs(&walk), [&export(Export::Slice, &[1], "x.pcap")]);
    walk.tell(Event::Answer(Answer::Written(Written {
        whole: true,
        told: "written: x.pcap".to_owned(),
    })));
    walk.shows("written: x.pcap");
    walk.press("Home Space Space")
        .shows("2 marked")
        .press("p")
        .shows("directory 2-messages-parts")
        .press("Esc");
    walk.press("j Enter");
    assert_eq!(
        jobs(&walk).last(),
        Some(&&export(Export::Json, &[0, 1], "2-messages.json"))
    );
    walk.press("p Ctrl-U Enter");
    assert_eq!(jobs(&walk).len(), 2, "a name is needed");
}

#[test]
fn the_end_waits_for_what_is_being_written_or_is_asked_for_twice() {
    let mut walk = Walk::new(80, 24);
    walk.press("w Enter q").shows("still being written");
    assert!(!walk.effects.contains(&Effect::Quit));
    walk.press("Down q").shows("still being written");
    assert!(!walk.effects.contains(&Effect::Quit));
    walk.press("q");
    assert_eq!(walk.effects.last(), Some(&Effect::Quit));
    let mut walk = Walk::new(80, 24);
    walk.press("q");
    assert_eq!(walk.effects, [Effect::Quit]);
    let mut walk = Walk::new(80, 24);
    walk.press("Enter Ctrl-C");
    assert_eq!(walk.effects.last(), Some(&Effect::Quit));
}

#[test]
fn the_display_filter_is_copied() {
    let mut walk = Walk::new(80, 24);
    walk.press("y").shows("copied");
    let Some(Effect::Copy(filter)) = walk.effects.last() else {
        panic!("{:?}", walk.effects)
    };
    assert!(filter.starts_with("frame.number in {"), "{filter}");
}

#[test]
fn the_mouse_chooses_and_opens() {
    let mut walk = Walk::new(80, 24);
    walk.press("m").shows("the mouse is watched");
    assert_eq!(walk.effects, [Effect::Mouse(true)]);
    walk.tell(Event::Click(5, 3));
    assert_eq!(walk.chosen(), Some(2));
    walk.tell(Event::Click(5, 3)).shows("Message 2, call flow");
    walk.press("q").tell(Event::Wheel(3));
    assert_eq!(walk.chosen(), Some(4));
    walk.press("f").tell(Event::Click(5, 3)).shows("only success");
}

#[test]
fn a_smaller_screen_still_shows_what_is_chosen() {
    let mut walk = Walk::new(80, 24);
    walk.press("End").tell(Event::Resize(40, 6)).shows(">  4");
    walk.press("Home Enter End")
        .tell(Event::Resize(60, 14))
        .shows(">  41");
    walk.tell(Event::Resize(1, 1))
        .tell(Event::Resize(0, 0))
        .tell(Event::Resize(80, 24))
        .shows(">  41");
}
