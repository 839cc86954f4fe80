//! Nobody there, or somebody who is no Kafka broker, over real TCP.

use crate::scene::{CALL, builder, expect, in_time, read, topics, write};
use ottla::{Client, Dialer, ErrorKind};
use std::future::pending;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};
/// What everything that dials says of an address.
async fn all_say(address: &str, kind: ErrorKind, words: &[&str]) {
    let client = |address| -> Client { builder().bootstrap(address).build().unwrap() };
    let words = [words, &[address]].concat();
    expect(in_time(topics(&client(address))).await, kind, &words);
    expect(in_time(write(&client(address), "lost")).await, kind, &words);
    expect(in_time(read(&client(address))).await, kind, &words);
    let dialer = Dialer::new().timeout(CALL);
    expect(in_time(dialer.dial(address)).await.map(drop), kind, &words);
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Gives every connection to `serve`.
async fn serve<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> String {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

#[tokio::test]
async fn a_name_that_is_none() {
    all_say("no-such-host.invalid:9092", ErrorKind::Io, &["resolving", "no-such-host.invalid"]).await;
}

#[tokio::test]
async fn one_that_hangs_up() {
    let address = serve(|mut stream| async move {
        let _ = stream.read_u8().await;
    })
    .await;
    all_say(&address, ErrorKind::Io, &["hung up on the first request", "older than 0.10", "TLS"]).await;
}

#[tokio::test]
async fn one_that_says_nothing() {
    let address = serve(|stream| async move {
        let _stream = stream;
        pending().await
    })
    .await;
    all_say(&address, ErrorKind::Timeout, &["did not answer", "may not be a Kafka broker"]).await;
}
