//! Octets read as a sequence of steps, so that a fuzzer can change, drop and reorder them one by one.

/// One step: what to do, and the octets to do it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// What to do; each entry point says what its bits mean. The lowest is the direction where there is one.
    pub operation: u8,
    /// The octets of the step.
    pub octets: &'a [u8],
}

/// The steps in some octets: operation 1, length 2 little-endian, that many octets; a last step may be short.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    rest: &'a [u8],
}

impl<'a> Script<'a> {
    /// The script that these octets are.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// Appends a step to the octets of a script. Octets beyond what a step can hold are left out.
    pub fn append(script: &mut Vec<u8>, operation: u8, octets: &[u8]) {
        let length = u16::try_from(octets.len()).unwrap_or(u16::MAX);
        script.push(operation);
        script.extend(length.to_le_bytes());
        script.extend(octets.iter().take(usize::from(length)));
    }
}

impl<'a> Iterator for Script<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        let ([operation, low, high], rest) = self.rest.split_first_chunk()?;
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (octets, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Step {
            operation: *operation,
            octets,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_comes_back() {
        let mut octets = Vec::new();
        Script::append(&mut octets, 7, b"first");
        Script::append(&mut octets, 0, b"");
        octets.extend([9, 200, 0, b'x']);
        let steps: Vec<_> = Script::new(&octets)
            .map(|step| (step.operation, step.octets))
            .collect();
        assert_eq!(steps, [(7, &b"first"[..]), (0, b""), (9, b"x")]);
    }
}
