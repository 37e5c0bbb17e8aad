package mutants

// Finding is what finds a mutant that a rule has made.
type Finding struct {
	// By is explore, scenario, error, trace or unit test; empty if nothing finds it.
	By string `json:"by"`
	// What is the promise that is broken, the error, or the scenario whose trace differs.
	What string `json:"what"`
	// Runs is how many runs that took.
	Runs int `json:"runs"`
}
