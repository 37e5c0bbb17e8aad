package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"example.com/edge-device-operator/harness/process"
)

// objectName matches the names that the API server allows for most objects.
var objectName = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$`)

// workName matches the short name of work: NAME, NAMESPACE/NAME, /NAME or WORLD/NAME,
// with CONTROLLER: before it if there are several controllers, and nothing behind that for
// the empty key of a singleton; or a task, such as @main. A generated name is
// PREFIX<WORK#NUMBER> or PREFIX<NUMBER>.
var workName = regexp.MustCompile(`^(@[a-z0-9-]+|[a-z0-9][a-z0-9._-]*:|([a-z0-9][a-z0-9._-]*:)?((WORLD|[a-z0-9-]*)/)?[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9]|[a-z0-9.-]*<.+>[a-z0-9.-]*)?)$`)

// parseOperation parses press-01#7.
func parseOperation(s string) (process.Operation, error) {
	last := strings.LastIndex(s, "#")
	object, number := s[:max(last, 0)], s[last+1:]
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || !workName.MatchString(object) {
		return process.Operation{}, fmt.Errorf("an object and the number of its request, such as press-01#7")
	}
	return process.Operation{Object: object, Number: n}, nil
}
