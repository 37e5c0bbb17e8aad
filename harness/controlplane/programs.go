package controlplane

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// program is a command that the Go toolchain builds.
type program struct {
	name string // of the file
	path string // of the package
}

var (
	etcd          = program{"etcd", "go.etcd.io/etcd/server/v3"}
	kubeAPIServer = program{"kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"}
	kubectl       = program{"kubectl", "k8s.io/kubernetes/cmd/kubectl"}
)

// moduleText is the module in which the programs are built. A folder with a go.mod
// can't be embedded, so the names end in .txt.
//
//go:embed build/*.txt
var moduleText embed.FS

// moduleFiles returns the files of the module by name.
func moduleFiles() map[string][]byte {
	files := map[string][]byte{}
	for _, name := range []string{"go.mod", "go.sum", "tools.go"} {
		text, err := moduleText.ReadFile("build/" + name + ".txt")
		if err != nil {
			panic(err) // the compiler embedded it
		}
		files[name] = text
	}
	return files
}

// lacking returns the programs that a folder does not contain as executable files.
func lacking(folder string, programs []program) (missing []program) {
	for _, p := range programs {
		info, err := os.Stat(filepath.Join(folder, p.name))
		if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			missing = append(missing, p)
		}
	}
	return missing
}

// errLacking names the programs that a folder lacks, nil if it has all.
func errLacking(folder string, programs []program) error {
	var names []string
	for _, p := range lacking(folder, programs) {
		names = append(names, p.name)
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("no executable %s in %s", strings.Join(names, ", no "), folder)
}
