// Command peers lets ottla's tests speak to a broker through two other clients, franz-go and kafka-go.
//
//	peers produce -client franz-go|kafka-go -b HOST:PORT -t TOPIC [-p PARTITION] [-c CODEC]
//	peers consume -client franz-go|kafka-go -b HOST:PORT -t TOPIC -n COUNT
//
// Records are JSON, one a line, read from standard input and written to standard output; keys, values and the
// values of headers are in base64, or null. Consuming starts at each partition's first offset and ends after
// COUNT records. A failure ends the program with status 1 and its reason on standard error.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// No run of a test takes longer.
const patience = 60 * time.Second

// A job is what one run is asked for.
type job struct {
	brokers   []string
	topic     string
	partition int
	codec     string
	count     int
}

type client interface {
	produce(ctx context.Context, job job, records []record) error
	consume(ctx context.Context, job job, write func(record) error) error
}

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("produce or consume?")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	name := flags.String("client", "franz-go", "franz-go or kafka-go")
	brokers := flags.String("b", "127.0.0.1:9092", "the brokers, HOST:PORT, separated by commas")
	job := job{}
	flags.StringVar(&job.topic, "t", "", "the topic")
	flags.IntVar(&job.partition, "p", 0, "the partition to produce to")
	flags.StringVar(&job.codec, "c", "none", "none, gzip, snappy, lz4 or zstd")
	flags.IntVar(&job.count, "n", 1, "how many records to consume")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	job.brokers = strings.Split(*brokers, ",")
	client, ok := map[string]client{"franz-go": franz{}, "kafka-go": segment{}}[*name]
	if !ok {
		return fmt.Errorf("there is no client %q", *name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	switch args[0] {
	case "produce":
		records, err := readRecords(in)
		if err != nil {
			return err
		}
		return client.produce(ctx, job, records)
	case "consume":
		return client.consume(ctx, job, recordWriter(out))
	default:
		return fmt.Errorf("there is no command %q", args[0])
	}
}
