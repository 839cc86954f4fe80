use anyhow::{Result, bail};
use ottla::{Client, GroupDescription, MemberDescription};
use serde::Serialize;

use super::{Output, progress::Progress};

#[derive(Serialize)]
struct GroupJson<'a> {
    group: &'a str,
    state: &'a str,
    protocol: &'a str,
    assignor: &'a str,
    coordinator: i32,
    members: Vec<MemberJson<'a>>,
    partitions: Vec<Progress<'a>>,
}

#[derive(Serialize)]
struct MemberJson<'a> {
    id: &'a str,
    instance: Option<&'a str>,
    client: &'a str,
    host: &'a str,
}

/// Prints a group, its members, and how far it has come.
pub(super) async fn run(client: &Client, group: &str, json: bool, output: &mut Output) -> Result<()> {
    let group = client.describe_group(group).await?;
    if &*group.state == "Dead" {
        bail!("there is no group {:?}", group.group);
    }
    let partitions = Progress::of(client, &group).await?;
    if json {
        return output.json(&describe(&group, partitions));
    }
    output.line(format!("{}\t{}\t{}", group.group, group.state, group.kind).as_bytes())?;
    for Progress { topic, partition, committed, end, lag, member } in partitions {
        let [committed, end, lag] = [committed, end, lag].map(or_dash);
        let member = member.unwrap_or("-");
        output.line(format!("{topic}\t{partition}\t{committed}\t{end}\t{lag}\t{member}").as_bytes())?;
    }
    for idle in group.members.iter().filter(|member| member.partitions.is_empty()) {
        output.line(format!("-\t-\t-\t-\t-\t{}", idle.id).as_bytes())?;
    }
    Ok(())
}

fn describe<'a>(group: &'a GroupDescription, partitions: Vec<Progress<'a>>) -> GroupJson<'a> {
    let member = |member: &'a MemberDescription| MemberJson {
        id: &member.id,
        instance: member.instance_id.as_deref(),
        client: &member.client_id,
        host: &member.host,
    };
    GroupJson {
        group: &group.group,
        state: &group.state,
        protocol: &group.kind,
        assignor: &group.assignor,
        coordinator: group.coordinator,
        members: group.members.iter().map(member).collect(),
        partitions,
    }
}

pub(super) fn or_dash(offset: Option<i64>) -> String {
    offset.map_or_else(|| "-".to_owned(), |offset| offset.to_string())
}
