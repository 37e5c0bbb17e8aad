package scenario

// Nearest returns the candidate that somebody who wrote word most likely meant:
// the one with the fewest letters to be put in, taken out or changed (the
// Levenshtein distance), if those are no more than a third of it. It returns ""
// where there is none.
func Nearest(word string, candidates []string) string {
	nearest, fewest := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if n := distance(word, c); n < fewest {
			nearest, fewest = c, n
		}
	}
	return nearest
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
