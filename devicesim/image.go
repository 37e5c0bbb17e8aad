package devicesim

import (
	"errors"
	"regexp"
)

// image is the grammar that container registries have for a reference:
// [registry/]name[:tag][@digest]. openapi.yaml and the operator's API have the
// same one.
var image = regexp.MustCompile(`^(([a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(:[0-9]+)?/)?[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@[A-Za-z][A-Za-z0-9]*([-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,})?$`)

// ParseImage reads the reference of an image, "fw:2". The error says what was
// expected.
func ParseImage(s string) (string, error) {
	if len(s) > maxText || !image.MatchString(s) {
		return "", errors.New("an image such as fw:2 or registry.example:5000/press/fw:2: [registry/]name[:tag][@digest], its name in lower case, of at most 512 characters")
	}
	return s, nil
}
