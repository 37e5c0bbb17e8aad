package trace

import "encoding/json"

// Version is the version of the JSON schema of events. Under the same version, keys,
// kinds, verbs and fields may be added. If one is removed or changes its meaning, the
// version changes.
const Version = "v1"

// encoded is an event in JSON: the fields of Event, with its time in seconds and its
// text.
type encoded struct {
	AtSeconds float64 `json:"atSeconds"`
	plain
	Text string `json:"text"`
}

// plain is an Event without its methods.
type plain Event

// Encode returns each event as JSON. The narrator's words in it are for people; they
// may change with any version of the program.
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
