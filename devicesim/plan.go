package devicesim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// Plan says how long things take and what goes wrong. It is the same data wherever
// a device runs: in a test, in a scenario or in a Pod.
type Plan struct {
	// Transfer is how long a transfer takes.
	Transfer Range
	// Reboot is how long a reboot takes.
	Reboot Range
	// Faults are what goes wrong. The first one that matches a request, a transfer
	// or a boot happens.
	Faults []Fault
}

// DefaultPlan has no faults. A transfer takes 30 s, a reboot 15 s.
var DefaultPlan = Plan{
	Transfer: Range{Min: 30 * time.Second, Max: 30 * time.Second},
	Reboot:   Range{Min: 15 * time.Second, Max: 15 * time.Second},
}

// FieldError is an error in a field of a plan.
type FieldError struct {
	// Field is the path of the field, such as faults[2].do; empty for the whole
	// plan.
	Field string
	// Value is the value of the field, empty if it has none.
	Value string
	// Expected says what is expected instead.
	Expected string
}

// Error returns the error in one line.
func (e *FieldError) Error() string {
	text := "expected " + e.Expected
	if e.Value != "" {
		// The value may be long, such as a whole list.
		text = fmt.Sprintf("%.80q: %s", e.Value, text)
	}
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	return text
}

// nextDocument begins a YAML document that isn't the first.
var nextDocument = regexp.MustCompile(`\n---(\s|$)`)

// ParsePlan parses a plan in YAML or JSON. What it leaves out is as in DefaultPlan.
// The error is a *FieldError unless the text isn't YAML.
func ParsePlan(text []byte) (Plan, error) {
	p := DefaultPlan
	if nextDocument.Match(bytes.TrimSpace(text)) {
		return Plan{}, errors.New("expected one YAML document, with no --- in the middle of it")
	}
	data, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return Plan{}, fmt.Errorf("expected YAML: %s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	if string(data) == "null" {
		return p, nil
	}
	fields, err := object(data, "", "a plan: transfer, reboot, faults")
	if err != nil {
		return Plan{}, err
	}
	for _, name := range sortedKeys(fields) {
		switch raw := fields[name]; name {
		case "transfer":
			p.Transfer, err = rangeField(name, raw)
		case "reboot":
			p.Reboot, err = rangeField(name, raw)
		case "faults":
			p.Faults, err = faultsField(name, raw)
		default:
			err = &FieldError{"", name, "one of the fields transfer, reboot, faults"}
		}
		if err != nil {
			return Plan{}, err
		}
	}
	return p, nil
}

func rangeField(name string, raw json.RawMessage) (Range, error) {
	s, err := scalar(raw, aText)
	if err != nil {
		return Range{}, &FieldError{name, string(raw), rangeForm}
	}
	r, err := ParseRange(s)
	if err != nil {
		return Range{}, &FieldError{name, s, strings.TrimPrefix(err.Error(), "expected ")}
	}
	return r, nil
}

func faultsField(name string, raw json.RawMessage) ([]Fault, error) {
	var list []json.RawMessage
	if string(raw) != "null" && json.Unmarshal(raw, &list) != nil {
		return nil, &FieldError{name, string(raw), "a list of faults"}
	}
	var faults []Fault
	for i, element := range list {
		path := fmt.Sprintf("%s[%d]", name, i)
		f, err := faultField(path, element)
		if err != nil {
			return nil, err
		}
		faults = append(faults, f)
	}
	return faults, nil
}

func faultField(path string, raw json.RawMessage) (Fault, error) {
	fields, err := object(raw, path, "a fault, such as {of: burn, nth: 1, do: lose-answer}")
	if err != nil {
		return Fault{}, err
	}
	values := map[string]string{}
	for _, name := range sortedKeys(fields) {
		holds := anything
		if known, ok := faultFields.named(name); ok {
			holds = known.kind
		}
		if values[name], err = scalar(fields[name], holds); err != nil {
			return Fault{}, &FieldError{path + "." + name, string(fields[name]), err.Error()}
		}
	}
	f, err := ParseFault(values)
	var wrong *FieldError
	if errors.As(err, &wrong) {
		wrong.Field = strings.TrimSuffix(path+"."+wrong.Field, ".")
	}
	return f, err
}

// object decodes a JSON object into its fields.
func object(raw json.RawMessage, path, expected string) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return nil, &FieldError{path, string(raw), expected}
	}
	return fields, nil
}

// scalar returns a JSON value of a kind as text. The error names the kind.
func scalar(raw json.RawMessage, k kind) (string, error) {
	raw = bytes.TrimSpace(raw)
	var s string
	isText := json.Unmarshal(raw, &s) == nil && string(raw) != "null"
	isBool := string(raw) == "true" || string(raw) == "false"
	isNumber := len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9')
	switch {
	case isText && (k == aText || k == anything):
		return s, nil
	case isBool && (k == aTruth || k == anything):
		return string(raw), nil
	case isNumber && (k == aNumber || k == anything):
		return string(raw), nil
	}
	return "", errors.New(string(k))
}

func sortedKeys(fields map[string]json.RawMessage) []string {
	var keys []string
	//determinism:ordered sorted below
	for key := range fields {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
