//! The steps of a checkout, as lists: another step is another element, and a transition that says what its
//! outcome means.

use super::Step;

/// What may still be refused. The last one done, the order is confirmed: that is the pivot.
const BEFORE_PIVOT: &[Step] = &[Step::Authorize];

/// What is asked for until it is done.
const AFTER_PIVOT: &[Step] = &[Step::Capture];

/// What takes back whatever was done.
const COMPENSATION: &[Step] = &[Step::Release];

/// What follows a step that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another step of the same part.
    Step(Step),
    /// Everything before the pivot is done: confirm the order and go on with this.
    Pivot(Option<Step>),
    /// Everything is done.
    Done,
}

/// The step that an attempt begins with.
pub(crate) const fn first() -> Step {
    BEFORE_PIVOT[0]
}

/// The step that a compensation begins with.
pub(crate) const fn compensation() -> Step {
    COMPENSATION[0]
}

/// What follows `step`.
pub(crate) fn after(step: Step) -> Next {
    if let Some(next) = following(BEFORE_PIVOT, step) {
        return next.map_or(Next::Pivot(AFTER_PIVOT.first().copied()), Next::Step);
    }
    [AFTER_PIVOT, COMPENSATION]
        .into_iter()
        .find_map(|part| following(part, step))
        .flatten()
        .map_or(Next::Done, Next::Step)
}

/// What follows `step` in the part that has it.
fn following(part: &[Step], step: Step) -> Option<Option<Step>> {
    let place = part.iter().position(|known| *known == step)?;
    Some(part.get(place + 1).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_authorizes_confirms_and_captures() {
        assert_eq!(first(), Step::Authorize);
        assert_eq!(after(Step::Authorize), Next::Pivot(Some(Step::Capture)));
        assert_eq!(after(Step::Capture), Next::Done);
        assert_eq!(compensation(), Step::Release);
        assert_eq!(after(Step::Release), Next::Done);
    }

    #[test]
    fn a_step_of_several_is_followed_by_the_next_one() {
        let part = [Step::Release, Step::Authorize, Step::Capture];
        assert_eq!(following(&part, Step::Release), Some(Some(Step::Authorize)));
        assert_eq!(following(&part, Step::Authorize), Some(Some(Step::Capture)));
        assert_eq!(following(&part, Step::Capture), Some(None));
        assert_eq!(following(&part, Step::Expire), None);
    }
}
