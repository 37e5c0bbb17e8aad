package explore

import (
	"fmt"
	"strconv"
	"strings"
)

// Shard is one of the parts that an exploration is divided into: every Of-th run of
// each stage, from the Index-th on. All parts together are the whole.
type Shard struct {
	// Index counts from 0.
	Index int `json:"index"`
	// Of is how many there are; 0 for an exploration that is not divided.
	Of int `json:"of"`
}

// maxShards bounds how many parts there may be.
const maxShards = 100000

// ParseShard parses a part, such as 0/4. The index may be left out where another one
// is given: that of a Pod of an Indexed Job.
func ParseShard(text, completionIndex string) (Shard, error) {
	index, of, _ := strings.Cut(text, "/")
	if index == "" {
		index = completionIndex
	}
	s := Shard{}
	var err error
	if s.Of, err = strconv.Atoi(of); err != nil || s.Of < 1 || s.Of > maxShards {
		return Shard{}, fmt.Errorf("expected a part such as 0/4: its index, from 0 on, and how many parts there are, at most %d", maxShards)
	}
	if s.Index, err = strconv.Atoi(index); err != nil || s.Index < 0 || s.Index >= s.Of {
		return Shard{}, fmt.Errorf("expected an index from 0 to %d before the /, or in JOB_COMPLETION_INDEX", s.Of-1)
	}
	return s, nil
}

// String is the part as ParseShard reads it.
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// has says whether the n-th run of a stage belongs to it.
func (s Shard) has(n int) bool { return s.Of == 0 || n%s.Of == s.Index }
