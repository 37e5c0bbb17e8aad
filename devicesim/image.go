package devicesim

import (
	"errors"
	"regexp"
)

// image is the grammar of image references in container registries:
// [registry/]name[:tag][@digest]. openapi.yaml and the operator's API use the same.
var image = regexp.MustCompile(`^(([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(:[0-9]+)?/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})?$`)

// ParseImage parses an image reference such as "fw:2". The error says what was
// expected.
func ParseImage(s string) (string, error) {
	if len(s) > maxText || !image.MatchString(s) {
		return "", errors.New("an image such as fw:2 or registry.example:5000/press/fw:2: [registry/]name[:tag][@digest], its name in lower case, of at most 512 characters")
	}
	return s, nil
}
