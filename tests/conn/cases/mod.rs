//! The cases, each for any cluster.

mod dial;
mod offsets;
mod read;
mod seek;
mod topics;
mod write;

pub(crate) use self::{dial::*, offsets::*, read::*, seek::*, topics::*, write::*};

/// A test of each case against what `$run` makes.
#[macro_export]
macro_rules! run_cases {
    ($run:path: $($name:ident)*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            $run(async |cluster| $crate::cases::$name(cluster).await).await;
        }
    )* };
    ($run:path) => { $crate::run_cases! { $run:
        a_conn_knows_its_broker_and_cluster
        a_leader_is_found_through_any_broker
        a_leader_is_dialled_directly
        what_does_not_exist_is_told_at_once
        a_topic_is_created_on_dialling_its_leader_if_asked_for
        an_unbound_conn_reads_and_writes_nothing
        a_closed_conn_fails_every_call
        api_versions_are_those_of_the_broker
        any_request_can_be_sent

        first_and_last_offsets
        offsets_by_time

        seek_first_offset
        seek_last_offset
        seek_from_the_current_offset
        seek_absolute_offset
        seek_out_of_range_fails_and_moves_nothing
        seek_without_a_check_fails_at_the_read

        write_and_read_one_after_the_other
        write_a_batch_and_read_one_after_the_other
        write_while_another_conn_reads
        read_what_is_there_in_a_batch
        a_batch_knows_the_high_water_mark
        a_batch_dropped_half_way_goes_on_there
        a_batch_is_an_iterator_of_messages
        a_short_buffer_loses_nothing
        reading_an_empty_partition_runs_into_the_deadline
        a_batch_of_an_empty_partition_is_empty
        bounds_of_a_batch_are_checked
        a_batch_brings_a_message_larger_than_its_maximum
        reads_end_in_the_middle_of_a_batch_and_go_on

        messages_come_back_as_they_were
        every_codec_is_written_and_read
        headers_need_a_broker_that_has_them
        acks_are_waited_for_as_set
        a_message_for_elsewhere_is_refused
        a_batch_too_large_is_refused_by_the_broker
        a_passed_deadline_ends_the_call_and_not_the_conn

        topics_are_created_listed_and_deleted
        creating_a_topic_that_exists_is_fine_and_twice_at_once_is_not
        deleting_goes_on_past_a_topic_that_does_not_exist
        a_topic_that_cannot_be_is_refused
    } };
}
