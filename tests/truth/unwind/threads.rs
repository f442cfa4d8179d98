// SPDX-License-Identifier: GPL-2.0-or-later
//! Four threads, each with a chain of its own: chain_0 to chain_3, then middle and leaf.
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

const LIFE: Duration = Duration::from_secs(300);
const LEAF_STEPS: u32 = 100_000;

#[inline(never)]
fn leaf(mut x: u64) -> u64 {
    x |= 1;
    for _ in 0..LEAF_STEPS {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
    }
    x
}

#[inline(never)]
fn middle(x: u64) -> u64 {
    black_box(leaf(x)) + 1
}

macro_rules! chain {
    ($name:ident, $number:expr) => {
        #[inline(never)]
        fn $name(end: Instant) -> u64 {
            let mut x = $number;
            while Instant::now() < end {
                x = black_box(middle(x)) + $number;
            }
            x
        }
    };
}
chain!(chain_0, 1);
chain!(chain_1, 2);
chain!(chain_2, 3);
chain!(chain_3, 4);

fn main() {
    let end = Instant::now() + LIFE;
    let chains = [chain_0, chain_1, chain_2, chain_3];
    let threads: Vec<_> = chains
        .iter()
        .map(|&chain| thread::spawn(move || black_box(chain(end))))
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}
