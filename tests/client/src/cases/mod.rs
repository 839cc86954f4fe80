//! The cases.

#![expect(missing_docs, reason = "the name of a case says what it shows")]

mod codecs;
mod disturbed;
mod lifecycle;
mod partitions;
mod ranges;
mod records;
mod standing;
mod starts;
mod topics;

pub use self::{
    codecs::{
        batches_of_many_codecs_lie_in_one_partition, every_codec_is_written_and_read_back,
        many_records_keep_their_order,
    },
    disturbed::disturbed_connections_lose_and_repeat_nothing,
    lifecycle::{
        closing_delivers_what_was_sent, closing_wakes_who_waits, every_kind_of_acknowledgement,
        many_tasks_share_a_writer_and_a_client, records_are_polled_in_bulk,
    },
    partitions::{
        every_partition_is_written_and_read, one_key_goes_to_one_partition,
        records_of_many_topics_go_through_one_writer,
    },
    ranges::{
        a_missing_topic_is_waited_for, a_range_may_reach_beyond_the_end,
        a_range_of_offsets_is_read_to_its_end, a_range_of_time_is_read_to_its_end,
        a_range_that_begins_beyond_the_log_is_told_or_handled, every_partition_is_read_to_its_end,
        what_is_read_is_a_choice_of_partitions,
    },
    records::{
        headers_keep_order_duplicates_and_nulls, headers_need_a_broker_that_has_them,
        keys_and_values_are_null_empty_or_any_bytes, large_records_pass_and_larger_ones_are_refused,
        the_broker_dates_records_where_the_topic_says_so, timestamps_are_kept_or_made,
        tombstones_stay_in_a_compacted_topic,
    },
    standing::{
        a_poll_after_a_read_keeps_to_its_limit, a_reader_counts_what_it_does, a_reader_is_moved_as_a_whole,
        a_topic_created_anew_is_not_taken_for_the_old_one, closing_is_done_at_once_at_any_moment,
        the_lag_is_asked_for, waiting_for_a_record_can_be_given_up,
    },
    starts::{
        a_paused_partition_waits, an_offset_out_of_range_is_told_or_handled, offsets_are_listed,
        reading_seeks, reading_starts_after_the_last_record, reading_starts_at_a_time,
        reading_starts_at_an_offset, reading_starts_at_the_first_record,
    },
    topics::{
        topics_are_refused_with_a_reason, topics_come_and_go, topics_grow, topics_have_settings,
        what_does_not_exist_is_an_error,
    },
};
