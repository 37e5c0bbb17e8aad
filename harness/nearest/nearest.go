// Package nearest finds the word that a misspelt one was meant to be.
package nearest

// To returns the candidate that word most likely stands for: the one with the smallest
// edit distance, if that is at most a third of its length. An edit inserts, deletes or
// changes a letter, or swaps two (optimal string alignment distance). It returns "" if
// there is none.
func To(word string, candidates []string) string {
	nearest, fewest := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if n := distance(word, c); n < fewest {
			nearest, fewest = c, n
		}
	}
	return nearest
}

func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			if i == 0 || j == 0 {
				rows[i][j] = i + j
				continue
			}
			changed := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				changed++
			}
			rows[i][j] = min(changed, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
