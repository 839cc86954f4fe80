package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type franz struct{}

func (franz) produce(ctx context.Context, job job, records []record) error {
	codec, ok := map[string]kgo.CompressionCodec{
		"none":   kgo.NoCompression(),
		"gzip":   kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(),
		"lz4":    kgo.Lz4Compression(),
		"zstd":   kgo.ZstdCompression(),
	}[job.codec]
	if !ok {
		return fmt.Errorf("there is no codec %q", job.codec)
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(job.brokers...),
		kgo.DefaultProduceTopic(job.topic),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ProducerBatchCompression(codec),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	out := make([]*kgo.Record, 0, len(records))
	for _, r := range records {
		next := &kgo.Record{Partition: int32(job.partition), Key: r.Key, Value: r.Value}
		if r.Timestamp != 0 {
			next.Timestamp = time.UnixMilli(r.Timestamp)
		}
		for _, h := range r.Headers {
			next.Headers = append(next.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
		}
		out = append(out, next)
	}
	return client.ProduceSync(ctx, out...).FirstErr()
}

func (franz) consume(ctx context.Context, job job, write func(record) error) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(job.brokers...),
		kgo.ConsumeTopics(job.topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	for seen := 0; seen < job.count; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			return fmt.Errorf("after %d records: %w", seen, err)
		}
		for _, fault := range fetches.Errors() {
			return fmt.Errorf("after %d records, partition %d: %w", seen, fault.Partition, fault.Err)
		}
		for _, r := range fetches.Records() {
			if seen == job.count {
				break
			}
			seen++
			next := record{
				Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp.UnixMilli(),
				Key: r.Key, Value: r.Value,
			}
			for _, h := range r.Headers {
				next.Headers = append(next.Headers, header{Key: h.Key, Value: h.Value})
			}
			if err := write(next); err != nil {
				return err
			}
		}
	}
	return nil
}
