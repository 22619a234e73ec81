//! Many independent items on all cores that this process may use; the answers come in the order of the items.

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{Builder, available_parallelism, scope};

/// Items that a thread takes at once: enough that taking costs nothing, few enough that all threads end together.
const BATCH: usize = 16;

/// What `work` makes of each item. Up to one batch, and on one core, no thread is started.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    map_with(cores, items, work)
}

fn map_with<T: Sync, R: Send>(cores: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let batches: Vec<&[T]> = items.chunks(BATCH).collect();
    let others = cores.min(batches.len()).saturating_sub(1);
    if others == 0 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let work_off = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(batch) = batches.get(at) else { return done };
            done.push((at, batch.iter().map(&work).collect::<Vec<R>>()));
        }
    };
    let mut done = scope(|scope| {
        // A thread that cannot be started is no error: the others do its part.
        let started = (0..others).filter_map(|_| Builder::new().spawn_scoped(scope, work_off).ok());
        let threads: Vec<_> = started.collect();
        let mut done = work_off();
        for thread in threads {
            done.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, batch)| batch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_keep_the_order_on_any_number_of_cores() {
        for (cores, count) in [(1, 100), (2, 0), (2, 1), (2, 33), (3, 1000), (64, 200)] {
            let items: Vec<usize> = (0..count).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(map_with(cores, &items, |item| item * 2), doubled, "{cores} cores, {count} items");
        }
    }

    #[test]
    fn several_threads_work() {
        let here = std::thread::current().id();
        // Every thread waits for the other in its first batch, so that one alone would never come to the end.
        let both = std::sync::Barrier::new(2);
        let ids = map_with(2, &(0..2 * BATCH).collect::<Vec<_>>(), |item| {
            if item % BATCH == 0 {
                both.wait();
            }
            std::thread::current().id()
        });
        assert!(ids.contains(&here) && ids.iter().any(|id| *id != here));
    }
}
