package main

import (
	"bytes"
	"errors"
	"testing"
)

func TestTheStoryScrollsAboveTheTable(t *testing.T) {
	var out bytes.Buffer
	width, height := 10, 24
	var failed error
	l := &live{out: &out, size: func() (int, int, error) { return width, height, failed }}
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"a line without a table", func() { l.Say("one") }, "one\n"},
		{"the first table", func() { l.Show([]string{"a", "b"}) }, "a\nb\n"},
		{"the same again", func() { l.Show([]string{"a", "b"}) }, ""},
		{"a line above it", func() { l.Say("two") }, "\r\x1b[2A\x1b[Jtwo\na\nb\n"},
		{"another table", func() { l.Show([]string{"a", "c"}) }, "\r\x1b[2A\x1b[Ja\nc\n"},
		{"a line as wide as the terminal", func() { l.Show([]string{"ääääääääää", "ccccccccc"}) }, "\r\x1b[2A\x1b[Jäääääääää\nccccccccc\n"},
		{"a terminal that is too low", func() { height = 2; l.Say("three") }, "\r\x1b[2A\x1b[Jthree\n"},
		{"one that is high enough again", func() { height = 3; l.Say("four") }, "four\nääääääää\u00e4\nccccccccc\n"},
		{"one whose size can't be had", func() { failed = errors.New("gone"); l.Say("five") }, "\r\x1b[2A\x1b[Jfive\n"},
	} {
		out.Reset()
		if step.do(); out.String() != step.want {
			t.Errorf("%s: wrote %q, want %q", step.name, out.String(), step.want)
		}
	}

	out.Reset()
	p := newScreen(&out)
	p.Show([]string{"a"})
	if p.Say("one"); out.String() != "one\n" {
		t.Errorf("where there is no terminal it wrote %q", out.String())
	}
}
