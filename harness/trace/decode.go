package trace

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// Decode reads what Encode has written. What the JSON doesn't have, such as whether a
// request had an effect, is left out. The error says which event can't be read.
func Decode(all []json.RawMessage) ([]Event, error) {
	events := make([]Event, 0, len(all))
	for n, raw := range all {
		var one encoded
		if err := json.Unmarshal(raw, &one); err != nil {
			return nil, fmt.Errorf("event %d: %w", n+1, err)
		}
		e := Event(one.plain)
		if e.Kind == "" {
			return nil, fmt.Errorf("event %d: it has no kind", n+1)
		}
		e.At = time.Duration(math.Round(one.AtSeconds*1e6)) * time.Microsecond
		for k, f := range e.Fields {
			if number, ok := f.Value.(float64); ok {
				e.Fields[k].Value = int(number)
			}
		}
		events = append(events, e)
	}
	return events, nil
}
