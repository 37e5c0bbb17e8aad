package mutants

// Unscripted lists mutants that break only where no scenario goes: at one request of a
// later attempt, after two faults in a row, or in the instant of a stop. Explore has to
// find them, and the scenarios miss them.
var Unscripted = []Mutant{
	{
		Name:   "takes the cache's word in a later attempt if the object can't be read again",
		Caught: "ObserveReadPost",
		Edits: []Edit{{reconciler, "	if err := r.Live.Get(limited, client.ObjectKeyFromObject(dd), fresh); err != nil {\n		return err\n	}", `	if err := r.Live.Get(limited, client.ObjectKeyFromObject(dd), fresh); err != nil {
		if acted.Attempts < 2 {
			return err
		}
		dd.DeepCopyInto(fresh)
	}`}},
	},
	{
		Name:   "a conflict of its last write is its last act",
		Caught: "Terminates",
		Edits: []Edit{{reconciler, "	setTransition(dd, to, now)\n	if err := r.update(ctx, dd); err != nil {\n", `	setTransition(dd, to, now)
	if err := r.update(ctx, dd); err != nil {
		if apierrors.IsConflict(err) && to.Phase == v1.Succeeded {
			return ctrl.Result{}, nil
		}
`}},
	},
	{
		Name:   "takes a later write to Verifying for stored if no answer comes",
		Caught: "Errors",
		Edits: []Edit{{reconciler, "	setTransition(dd, to, now)\n	if err := r.update(ctx, dd); err != nil {\n", `	setTransition(dd, to, now)
	if err := r.update(ctx, dd); err != nil {
		if apierrors.ReasonForError(err) == metav1.StatusReasonUnknown && to.Phase == v1.Verifying && to.Attempts > 1 {
			return ctrl.Result{}, nil
		}
`}},
	},
	{
		Name:   "gives up a later attempt if its burn isn't answered in time",
		Caught: "FailuresReal",
		Edits: []Edit{{decide, "	case seen.hasStaged(r):\n		return r.to(v1.Rebooting)\n", `	case seen.Posted && seen.PostError == PostUnanswered("/burn", TimedOut) && r.Attempts > 1:
		return r.failed("the device did not answer the burn")
	case seen.hasStaged(r):
		return r.to(v1.Rebooting)
`}},
	},
	{
		Name:   "reports what it saw when it was told to stop during a reboot",
		Caught: "Reported",
		Edits: []Edit{{reconciler, "		if ctx.Err() != nil {\n			return ctrl.Result{}, nil // the manager is stopping; the observation means nothing", `		if ctx.Err() != nil && state.Phase != v1.Rebooting {
			return ctrl.Result{}, nil // the manager is stopping; the observation means nothing`}},
	},
	{
		Name:   "a refused write of a later attempt is its last act",
		Caught: "Terminates",
		Edits: []Edit{{reconciler, "	setTransition(dd, to, now)\n	if err := r.update(ctx, dd); err != nil {\n", `	setTransition(dd, to, now)
	if err := r.update(ctx, dd); err != nil {
		if to.Phase == v1.Transferring && to.Attempts > 1 && !apierrors.IsConflict(err) && apierrors.ReasonForError(err) != metav1.StatusReasonUnknown {
			return ctrl.Result{}, nil
		}
`}},
	},
	{
		Name:   "a refused write before a later attempt reboots is its last act",
		Caught: "Terminates",
		Edits: []Edit{{reconciler, "	setTransition(dd, to, now)\n	if err := r.update(ctx, dd); err != nil {\n", `	setTransition(dd, to, now)
	if err := r.update(ctx, dd); err != nil {
		if to.Phase == v1.Rebooting && to.Attempts > 1 && !apierrors.IsConflict(err) && apierrors.ReasonForError(err) != metav1.StatusReasonUnknown {
			return ctrl.Result{}, nil
		}
`}},
	},
	{
		Name:   "a conflict before a later attempt is verified is its last act",
		Caught: "Terminates",
		Edits: []Edit{{reconciler, "	setTransition(dd, to, now)\n	if err := r.update(ctx, dd); err != nil {\n", `	setTransition(dd, to, now)
	if err := r.update(ctx, dd); err != nil {
		if apierrors.IsConflict(err) && to.Phase == v1.Verifying && to.Attempts > 1 {
			return ctrl.Result{}, nil
		}
`}},
	},
	{
		Name:   "takes a device that hangs after its second reboot for one that is back",
		Caught: "Advances",
		Edits: []Edit{{decide, "	overdue := now.Sub(r.Since) >= t.Reboot\n	switch {\n", `	overdue := now.Sub(r.Since) >= t.Reboot
	switch {
	case seen.Error == TimedOut && r.Attempts > 1:
		return r.to(v1.Verifying)
`}},
	},
	{
		Name:   "forgets the backoff once a process of it has ended",
		Caught: "OnTime",
		Edits: []Edit{
			{reconciler, "	Timing rollout.Timing\n}", "	Timing rollout.Timing\n\n	awake bool\n}"},
			{reconciler, "	state, now := stateOf(dd), r.Clock.Now()\n", `	state, now := stateOf(dd), r.Clock.Now()
	if !r.awake && state.Phase == v1.Pending && now.Sub(state.Since) < time.Second {
		state.Backoff = 0
	}
	r.awake = true
`}},
	},
	{
		Name:   "writes blindly after a write without an answer",
		Caught: "NeverInvalid",
		Edits: []Edit{
			{reconciler, "	Timing rollout.Timing\n}", "	Timing rollout.Timing\n\n	gaveUp bool\n}"},
			{reconciler, "	return r.Client.Status().Update(limited, dd)\n", `	if r.gaveUp {
		dd.ResourceVersion = ""
	}
	err := r.Client.Status().Update(limited, dd)
	r.gaveUp = limited.Err() != nil && dd.Status.Phase == v1.Verifying
	return err
`}},
	},
	{
		Name:   "doesn't try its last write a third time",
		Caught: "Retries",
		Edits: []Edit{
			{reconciler, "	Timing rollout.Timing\n}", "	Timing rollout.Timing\n\n	refused int\n}"},
			{reconciler, "	setTransition(dd, to, now)\n	if err := r.update(ctx, dd); err != nil {\n", `	setTransition(dd, to, now)
	if err := r.update(ctx, dd); err != nil {
		if r.refused++; to.Phase == v1.Succeeded && r.refused == 2 {
			return ctrl.Result{}, nil
		}
`},
			{reconciler, "	log.FromContext(ctx).Info(\"transition\"", "	r.refused = 0\n	log.FromContext(ctx).Info(\"transition\""},
		},
	},
}
