package trace

import "encoding/json"

// Version is that of the JSON schema of events. A later one may have more keys,
// kinds, verbs and fields; one that takes any away, or changes what they mean, has
// another version.
const Version = "v1"

// encoded is an event in JSON: what Event has, its time in seconds, and its text.
type encoded struct {
	AtSeconds float64 `json:"atSeconds"`
	plain
	Text string `json:"text"`
}

// plain is an Event without its methods.
type plain Event

// Encode returns each event as JSON. It has the narrator's words in it for people
// to read; they may change with every version of the program.
func Encode(events []Event, n Narrator) ([]json.RawMessage, error) {
	all := make([]json.RawMessage, 0, len(events))
	for _, e := range events {
		one, err := json.Marshal(encoded{e.At.Seconds(), plain(e), Say(e, n)})
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
