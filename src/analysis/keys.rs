//! Keys of messages that stay unique where several inputs begin alike.

use std::collections::HashMap;

use crate::correlate::Message;

/// Gives messages of different inputs whose keys are equal a number each, in the order in which they come.
///
/// Keys of one input differ by themselves, so that nothing is kept where there is one.
#[derive(Clone, Debug)]
pub struct Keys(Option<HashMap<String, u32>>);

impl Keys {
    /// For so many inputs.
    pub fn of(inputs: usize) -> Self {
        Self((inputs > 1).then(HashMap::new))
    }

    /// Makes a message's key unique among those before it: the second of a key gets `-2`.
    pub fn settle(&mut self, message: &mut Message) {
        let Some(known) = &mut self.0 else { return };
        let count = known.entry(message.key.clone()).or_default();
        *count = count.saturating_add(1);
        if *count > 1 {
            message.key = format!("{}-{count}", message.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn equal_keys_of_several_inputs_are_numbered() {
        let mut messages = [sample::delivered(), sample::delivered(), sample::delivered()];
        let key = messages[0].key.clone();
        let mut one = Keys::of(1);
        messages.iter_mut().for_each(|message| one.settle(message));
        assert!(messages.iter().all(|message| message.key == key));
        let mut several = Keys::of(2);
        messages.iter_mut().for_each(|message| several.settle(message));
        assert_eq!(
            messages.map(|message| message.key),
            [key.clone(), format!("{key}-2"), format!("{key}-3")]
        );
    }
}
