// SPDX-License-Identifier: GPL-2.0-or-later
// A program that takes a good part of the standard library with it, inlined and not.
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt;
use std::io::{BufRead, Write};

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Token {
    Number(i64),
    Word(String),
    Sign(char),
}

trait Visit {
    fn visit(&mut self, token: &Token) -> usize;
}

#[derive(Default)]
struct Counter {
    seen: HashMap<Token, usize>,
    order: BTreeMap<String, Vec<Token>>,
}

impl Visit for Counter {
    fn visit(&mut self, token: &Token) -> usize {
        let count = self.seen.entry(token.clone()).or_insert(0);
        *count += 1;
        self.order.entry(format!("{}", token)).or_default().push(token.clone());
        *count
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Number(n) => write!(f, "{:>8}", n),
            Token::Word(w) => write!(f, "<{}>", w),
            Token::Sign(c) => write!(f, "{:?}", c),
        }
    }
}

fn tokens(line: &str) -> impl Iterator<Item = Token> + '_ {
    line.split_whitespace().map(|word| match word.parse::<i64>() {
        Ok(number) => Token::Number(number),
        Err(_) if word.len() == 1 => Token::Sign(word.chars().next().unwrap()),
        Err(_) => Token::Word(word.to_lowercase()),
    })
}

fn largest<T: Ord + Clone>(all: &[T], count: usize) -> Vec<T> {
    let mut sorted = all.to_vec();
    sorted.sort_by(|a, b| b.cmp(a));
    sorted.dedup();
    sorted.into_iter().take(count).collect()
}

fn parallel(lines: Vec<String>) -> usize {
    let workers: Vec<_> = lines
        .into_iter()
        .map(|line| std::thread::spawn(move || tokens(&line).collect::<HashSet<_>>().len()))
        .collect();
    workers.into_iter().map(|worker| worker.join().unwrap()).sum()
}

fn main() {
    let stdin = std::io::stdin();
    let mut counter = Counter::default();
    let mut all = Vec::new();
    let mut recent: VecDeque<String> = VecDeque::new();
    for line in stdin.lock().lines().flatten() {
        for token in tokens(&line) {
            counter.visit(&token);
            all.push(token);
        }
        recent.push_back(line);
        if recent.len() > 8 {
            recent.pop_front();
        }
    }
    let mut out = std::io::BufWriter::new(std::io::stdout());
    for token in largest(&all, 10) {
        writeln!(out, "{} {:?}", token, counter.seen.get(&token)).unwrap();
    }
    writeln!(out, "{} {}", counter.order.len(), parallel(recent.into_iter().collect())).unwrap();
}
