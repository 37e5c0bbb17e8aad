package scenarios

import (
	"os"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = It("The index lists every scenario by what it is about", func() {
	const path = "README.md"
	index, err := Index()
	Expect(err).NotTo(HaveOccurred())
	if *rewrite {
		Expect(os.WriteFile(path, []byte(index), 0o644)).To(Succeed())
		return
	}
	page, err := os.ReadFile(path)
	Expect(err).NotTo(HaveOccurred())
	Expect(string(page)).To(Equal(index), "go test ./scenarios -rewrite refreshes it")
})
