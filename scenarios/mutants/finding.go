package mutants

// Finding is what finds a mutant that a rule has made.
type Finding struct {
	// By is one of Finders.
	By string `json:"by"`
	// What is the invariant that is broken, or the promise of every operator, with the
	// scenario if it is in one of these; or the error, or the scenario whose trace differs,
	// or the package whose tests fail.
	What string `json:"what,omitempty"`
	// Runs is how many runs that took.
	Runs int `json:"runs,omitempty"`
}

// Who may find a mutant, in the order in which they are asked.
const (
	// ByExplore is a named invariant in a run of explore, which knows three plain scenarios.
	ByExplore = "explore"
	// ByOracle is what every operator promises, there or in a scenario that then comes to rest.
	ByOracle = "oracle"
	// ByScenario is a named invariant in a scenario.
	ByScenario = "scenario"
	// ByExpectation is what a scenario expects, or that it can't be played as it is written.
	ByExpectation = "expectation"
	// ByCrash is a panic, or a run without an end.
	ByCrash = "crash"
	// ByTrace is a scenario whose trace differs, and nothing else.
	ByTrace = "trace"
	// ByTest is a unit test.
	ByTest = "unit test"
	// ByNothing is nothing at all.
	ByNothing = "nothing"
)

// Finders are all of them.
var Finders = []string{ByExplore, ByOracle, ByScenario, ByExpectation, ByCrash, ByTrace, ByTest, ByNothing}

// InWorlds says whether a run has found it by what it promises.
func (f Finding) InWorlds() bool {
	return f.By == ByExplore || f.By == ByOracle || f.By == ByScenario || f.By == ByExpectation || f.By == ByCrash
}
