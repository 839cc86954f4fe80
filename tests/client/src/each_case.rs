/// A test of each case on what `$run` makes.
#[macro_export]
macro_rules! each_case {
    ($run:path: $($name:ident)*) => { $(
        #[cfg(not(target_family = "wasm"))]
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            $run(async |cluster| $crate::cases::$name(cluster).await).await;
        }

        #[cfg(target_family = "wasm")]
        #[wasm_bindgen_test::wasm_bindgen_test]
        async fn $name() {
            $run(async |cluster| $crate::cases::$name(cluster).await).await;
        }
    )* };
    ($run:path) => { $crate::each_case! { $run:
        every_codec_is_written_and_read_back
        many_records_keep_their_order
        batches_of_many_codecs_lie_in_one_partition

        keys_and_values_are_null_empty_or_any_bytes
        headers_keep_order_duplicates_and_nulls
        headers_need_a_broker_that_has_them
        tombstones_stay_in_a_compacted_topic
        timestamps_are_kept_or_made
        the_broker_dates_records_where_the_topic_says_so
        large_records_pass_and_larger_ones_are_refused

        reading_starts_at_the_first_record
        reading_starts_after_the_last_record
        reading_starts_at_an_offset
        reading_starts_at_a_time
        reading_seeks
        an_offset_out_of_range_is_told_or_handled
        offsets_are_listed
        a_paused_partition_waits

        a_range_of_offsets_is_read_to_its_end
        a_range_of_time_is_read_to_its_end
        a_range_may_reach_beyond_the_end
        a_range_that_begins_beyond_the_log_is_told_or_handled
        every_partition_is_read_to_its_end
        what_is_read_is_a_choice_of_partitions
        a_missing_topic_is_waited_for

        a_poll_after_a_read_keeps_to_its_limit
        a_reader_is_moved_as_a_whole
        the_lag_is_asked_for
        a_reader_counts_what_it_does
        waiting_for_a_record_can_be_given_up
        closing_is_done_at_once_at_any_moment
        a_topic_created_anew_is_not_taken_for_the_old_one

        topics_come_and_go
        topics_are_refused_with_a_reason
        topics_have_settings
        topics_grow
        what_does_not_exist_is_an_error

        every_partition_is_written_and_read
        one_key_goes_to_one_partition
        records_of_many_topics_go_through_one_writer

        every_kind_of_acknowledgement
        closing_delivers_what_was_sent
        closing_wakes_who_waits
        many_tasks_share_a_writer_and_a_client
        records_are_polled_in_bulk

        disturbed_connections_lose_and_repeat_nothing
    } };
}
