package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// A record as a line of JSON: encoding/json writes []byte in base64, and a nil one as null.
type record struct {
	Partition int32    `json:"partition"`
	Offset    int64    `json:"offset"`
	Timestamp int64    `json:"timestamp"`
	Key       []byte   `json:"key"`
	Value     []byte   `json:"value"`
	Headers   []header `json:"headers"`
}

type header struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
}

func readRecords(in io.Reader) ([]record, error) {
	var records []record
	decoder := json.NewDecoder(in)
	for {
		var next record
		err := decoder.Decode(&next)
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", len(records), err)
		}
		records = append(records, next)
	}
}

func recordWriter(out io.Writer) func(record) error {
	encoder := json.NewEncoder(out)
	return func(r record) error {
		if r.Headers == nil {
			r.Headers = []header{}
		}
		return encoder.Encode(r)
	}
}
