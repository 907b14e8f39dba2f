//! What is new of inputs that are followed comes to the screen.

use super::*;
use crate::browse::data::{End, Following, Growing, News};
use crate::report::document::{Message, Outcome};

/// Before inputs that are followed, of which nothing is known yet.
fn following() -> Walk {
    let document = sample::document_of(Vec::new());
    let data = Data::followed(document, sample::inventory(), None);
    Walk::with(data, Look::default(), 100, 24)
}

fn message(id: u64, change: impl FnOnce(&mut Message)) -> (u32, Option<Arc<Message>>) {
    let mut message = Message {
        id,
        ..sample::delivered()
    };
    change(&mut message);
    let place = u32::try_from(id - 1).unwrap();
    (place, Some(Arc::new(message)))
}

fn news(messages: Vec<(u32, Option<Arc<Message>>)>) -> Event {
    Event::Answer(Answer::News(Box::new(News {
        messages,
        ..News::default()
    })))
}

fn ids(walk: &Walk) -> Vec<u64> {
    let shown = walk.state.list().shown().iter();
    let messages = shown.filter_map(|place| walk.state.data().message(*place));
    messages.map(|message| message.id).collect()
}

#[test]
fn messages_come_change_and_go_and_the_counts_go_with_them() {
    let mut walk = following();
    walk.shows("No messages yet")
        .shows("0 messages")
        .shows("following");
    walk.tell(news(vec![message(1, |_| {}), message(2, |_| {})]));
    walk.shows("2 messages").shows("✔ 2");
    walk.tell(news(vec![message(2, |message| {
        message.outcome = Outcome::Failure;
        message.revision = 2;
    })]));
    walk.shows("2 messages").shows("✔ 1").shows("✘ 1");
    // A gap: a message that the selection leaves out has its place, too.
    walk.tell(news(vec![(1, None), message(4, |_| {})]));
    walk.shows("2 messages").shows("✔ 2").hides("✘");
    assert_eq!(ids(&walk), [1, 4]);
}

#[test]
fn a_filter_and_an_order_hold_for_what_comes() {
    let size = |id, size| message(id, |message| message.size = Some(size));
    let mut walk = following();
    walk.tell(news(vec![size(1, 10), size(2, 30)]));
    let by_size = |walk: &mut Walk| {
        let columns: Vec<&str> = crate::report::render::columns::NAMED
            .iter()
            .map(|named| named.name)
            .collect();
        let at = columns.iter().position(|name| *name == "size").unwrap();
        walk.press("s Home");
        for _ in 0..at {
            walk.press("Down");
        }
        walk.press("Enter");
    };
    by_size(&mut walk);
    walk.shows("sorted by size");
    walk.tell(news(vec![size(3, 20), size(4, 5)]));
    assert_eq!(ids(&walk), [4, 1, 3, 2]);
    walk.tell(news(vec![size(1, 99)]));
    assert_eq!(ids(&walk), [4, 3, 2, 1]);
    // More of them at once than are put in one by one.
    walk.tell(news((5..=200).map(|id| size(id, 1000 - id)).collect()));
    let all = ids(&walk);
    assert_eq!((&all[..4], all[4], all[199]), (&[4, 3, 2, 1][..], 200, 5));
    walk.press("/").type_in("size < 50").press("Enter");
    assert_eq!(ids(&walk), [4, 3, 2]);
    walk.tell(news(vec![size(2, 51), size(201, 7), size(202, 70)]));
    assert_eq!(ids(&walk), [4, 201, 3]);
    walk.shows("3 of 202 messages");
}

#[test]
fn what_is_chosen_stays_and_the_last_row_stays_last() {
    let mut walk = following();
    walk.tell(news(vec![message(1, |_| {}), message(2, |_| {})]));
    assert_eq!(walk.chosen(), Some(2));
    walk.tell(news(vec![message(3, |_| {})]));
    assert_eq!(walk.chosen(), Some(3));
    walk.press("Up").tell(news(vec![message(4, |_| {})]));
    assert_eq!(walk.chosen(), Some(2));
    walk.press("End").tell(news(vec![message(5, |_| {})]));
    assert_eq!(walk.chosen(), Some(5));
}

#[test]
fn an_open_view_shows_what_its_message_is_now() {
    let mut walk = following();
    walk.tell(news(vec![message(1, |message| {
        message.events.truncate(1);
    })]));
    walk.press("Enter").shows("call flow").read_pdus();
    let asked = walk.effects.len();
    walk.tell(news(vec![message(1, |message| {
        message.outcome = Outcome::Failure
    })]));
    walk.shows("call flow  ✘ failure");
    let more = walk.effects.split_off(asked);
    let wanted = more.iter().find_map(|effect| match effect {
        Effect::Job(Job::Read { wanted, .. }) => Some(wanted.len()),
        _ => None,
    });
    assert!(wanted.is_some(), "PDUs that came are read");
    walk.shows("tree of frame");
    walk.tell(news(vec![(0, None)]));
    walk.hides("Message 1")
        .shows("turned out to be part of another one");
}

#[test]
fn figures_and_captures_grow_and_the_end_is_shown() {
    let mut walk = following();
    walk.tell(news(vec![message(1, |_| {})]));
    walk.press("S").hides("counting");
    let before = walk.screen();
    walk.tell(news(vec![message(2, |_| {}), message(3, |_| {})]));
    assert_ne!(walk.screen(), before);
    walk.press("q c");
    let mut captures = sample::inventory().captures;
    captures[0].path = "probe-7.pcap".to_owned();
    walk.tell(Event::Answer(Answer::News(Box::new(News {
        captures: Some(Growing {
            captures,
            files: vec!["probe-7.pcap".into()],
        }),
        said: Some("probe-6.pcap: is gone".to_owned()),
        ..News::default()
    }))));
    walk.shows("probe-7.pcap")
        .shows("probe-6.pcap: is gone")
        .press("q");
    walk.tell(Event::Answer(Answer::News(Box::new(News {
        end: Some(End::Reached {
            document: Box::new(sample::document_of(Vec::new())),
            inventory: Box::new(sample::inventory()),
        }),
        ..News::default()
    }))));
    walk.shows("the inputs are over").shows("3 messages");
    assert_eq!(walk.state.data().following, Following::Over);
}

#[test]
fn only_messages_that_are_followed_can_be_sorted_by_revision() {
    let mut walk = Walk::new(100, 60);
    walk.press("s").hides("revision");
    let mut walk = following();
    walk.press("s").shows("revision");
}
