//! Independent work, done on several cores at the same time.

use crate::model::SharedSort;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::exit::{complain, holding};

/// Threads at most: each has a capture in work, with the memory that this takes.
const THREADS: usize = 8;

/// Does something with every item, on as many threads as there are processors; the results in the order of the
/// items. Complaints come in that order too, after the last item where there are several threads.
pub(super) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    each_on(processors.min(THREADS), items, work)
}

fn each_on<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = threads.min(items.len());
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let share = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else {
                return done;
            };
            done.push((at, holding(|| work(item))));
        }
    };
    let mut done = thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(share)).collect();
        let finished = running.into_iter().map(thread::ScopedJoinHandle::join);
        let finished = finished.map(|thread| thread.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        finished.flatten().collect::<Vec<_>>()
    });
    done.shared_sort_by_key(|(at, _)| *at);
    let results = done.into_iter().map(|(_, (result, complaints))| {
        complaints.iter().for_each(complain);
        result
    });
    results.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_on_any_number_of_threads() {
        let items: Vec<u64> = (0..100).collect();
        let expected: Vec<u64> = items.iter().map(|item| item * item).collect();
        for threads in [0, 1, 2, 3, 8, 1000] {
            let results = each_on(threads, &items, |item| {
                // The earlier ones take longest.
                thread::sleep(std::time::Duration::from_micros(100 - item));
                item * item
            });
            assert_eq!(results, expected, "{threads} threads");
        }
        assert_eq!(each_on(4, &[], |item: &u64| *item), [] as [u64; 0]);
    }

    #[test]
    fn complaints_are_held_and_kept_apart() {
        let (result, complaints) = holding(|| {
            let inner = each_on(2, &[1, 2, 3], |item| complain(item));
            complain("last");
            inner.len()
        });
        assert_eq!(
            (result, complaints.as_slice()),
            (3, ["1", "2", "3", "last"].map(String::from).as_slice())
        );
    }
}
