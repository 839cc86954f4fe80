package main

import (
	"context"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
)

type segment struct{}

func (segment) produce(ctx context.Context, job job, records []record) error {
	codec, ok := map[string]kafka.Compression{
		"none":   0,
		"gzip":   kafka.Gzip,
		"snappy": kafka.Snappy,
		"lz4":    kafka.Lz4,
		"zstd":   kafka.Zstd,
	}[job.codec]
	if !ok {
		return fmt.Errorf("there is no codec %q", job.codec)
	}
	writer := &kafka.Writer{
		Addr:         kafka.TCP(job.brokers...),
		Topic:        job.topic,
		Compression:  codec,
		RequiredAcks: kafka.RequireAll,
		BatchTimeout: 10 * time.Millisecond,
		Balancer: kafka.BalancerFunc(func(kafka.Message, ...int) int {
			return job.partition
		}),
	}
	messages := make([]kafka.Message, 0, len(records))
	for _, r := range records {
		next := kafka.Message{Key: r.Key, Value: r.Value}
		if r.Timestamp != 0 {
			next.Time = time.UnixMilli(r.Timestamp)
		}
		for _, h := range r.Headers {
			next.Headers = append(next.Headers, kafka.Header{Key: h.Key, Value: h.Value})
		}
		messages = append(messages, next)
	}
	if err := writer.WriteMessages(ctx, messages...); err != nil {
		return err
	}
	return writer.Close()
}

func (segment) consume(ctx context.Context, job job, write func(record) error) error {
	partitions, err := kafka.LookupPartitions(ctx, "tcp", job.brokers[0], job.topic)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, faults := make(chan kafka.Message), make(chan error, len(partitions))
	for _, partition := range partitions {
		go func() { faults <- follow(ctx, job, partition.ID, messages) }()
	}
	for seen := 0; seen < job.count; seen++ {
		select {
		case err := <-faults:
			return fmt.Errorf("after %d records: %w", seen, err)
		case m := <-messages:
			next := record{
				Partition: int32(m.Partition), Offset: m.Offset, Timestamp: m.Time.UnixMilli(),
				Key: m.Key, Value: m.Value,
			}
			for _, h := range m.Headers {
				next.Headers = append(next.Headers, header{Key: h.Key, Value: h.Value})
			}
			if err := write(next); err != nil {
				return err
			}
		}
	}
	return nil
}

// Sends a partition's messages from its first offset on, until ctx ends.
func follow(ctx context.Context, job job, partition int, messages chan<- kafka.Message) error {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers: job.brokers, Topic: job.topic, Partition: partition,
		MinBytes: 1, MaxBytes: 10 << 20, MaxWait: 100 * time.Millisecond,
	})
	defer reader.Close()
	if err := reader.SetOffset(kafka.FirstOffset); err != nil {
		return err
	}
	for {
		message, err := reader.ReadMessage(ctx)
		if err != nil {
			return err
		}
		select {
		case messages <- message:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
