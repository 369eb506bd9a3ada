//! Many hands: the same act for every member, side by side, in the order in which hands are free.

use std::sync::Mutex;

use indicatif::ProgressBar;

/// Applies `act` to every item on `hands` threads and gathers the results in the items' order.
pub fn each<T: Send, R: Send, E: Send>(
    items: &mut [T],
    hands: usize,
    bar: &ProgressBar,
    act: impl Fn(usize, &mut T) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let queue = Mutex::new(items.iter_mut().enumerate());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let work = || {
        let mut done = Vec::new();
        while let Some((place, item)) = next() {
            done.push((place, act(place, item)));
            bar.inc(1);
        }
        done
    };
    let mut results = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..hands).map(|_| scope.spawn(work)).collect();
        let mut results = Vec::new();
        for thread in threads {
            // A panic of one hand is a panic of the demonstration.
            results.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        results
    });
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn results_come_in_the_items_order() {
        let mut items: Vec<u32> = (0..100).collect();
        let doubled = each(&mut items, 7, &ProgressBar::hidden(), |_, item| Ok::<_, ()>(*item * 2)).unwrap();
        assert_eq!(doubled, (0..100).map(|item| item * 2).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_in_order_is_returned() {
        let mut items = [1, 2, 3];
        let outcome =
            each(&mut items, 2, &ProgressBar::hidden(), |_, item| if *item > 1 { Err(*item) } else { Ok(()) });
        assert_eq!(outcome.unwrap_err(), 2);
    }
}
