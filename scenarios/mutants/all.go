package mutants

// The operator's files.
const (
	decide      = "operator/rollout/decide.go"
	observation = "operator/rollout/observation.go"
	rollout     = "operator/rollout/rollout.go"
	client      = "operator/device/client.go"
	reconciler  = "operator/controller/reconciler.go"
	status      = "operator/controller/status.go"
	event       = "operator/controller/event.go"
	crd         = "operator/config/crd/edge.example.com_devicedeployments.yaml"
	setup       = "operator/controller/setup.go"
)

// All lists the mutants that no rule makes, and, for an invariant that none of these breaks,
// one that a rule makes, too.
var All = []Mutant{
	// POSTs.
	{
		Name: "burns without observing first",
		Edits: []Edit{{decide, "	if seen == nil {\n		return Decision{Action: Observe}\n	}", `	if seen == nil && r.Phase == v1.Transferring && now.Sub(r.Since) < t.Poll {
		return Decision{Action: Burn, After: t.Poll}
	}
	if seen == nil {
		return Decision{Action: Observe}
	}`}},
		Scenario: "controller-killed-mid-transfer", Caught: "ObserveReadPost",
	},
	{
		Name:     "doesn't read the object again before a POST",
		Edits:    []Edit{{reconciler, "	if err := r.Live.Get(limited, client.ObjectKeyFromObject(dd), fresh); err != nil {\n		return err\n	}", "	_ = limited\n	dd.DeepCopyInto(fresh)"}},
		Scenario: "controller-killed-mid-transfer", Caught: "ObserveReadPost",
	},
	{
		Name:     "reads the object again from the cache",
		Edits:    []Edit{{reconciler, "	if err := r.Live.Get(limited,", "	if err := r.Client.Get(limited,"}},
		Scenario: "controller-killed-mid-transfer", Caught: "ObserveReadPost",
	},
	{
		Name:     "its keys ignore the uid",
		Edits:    []Edit{{rollout, "	return fmt.Sprintf(\"%s/%d/%d\", r.UID, r.Generation, r.Attempts)", "	return fmt.Sprintf(\"%d/%d\", r.Generation, r.Attempts)"}},
		Scenario: "controller-killed-mid-transfer", Caught: "ObserveReadPost",
	},
	{
		Name:     "its keys ignore the generation",
		Edits:    []Edit{{rollout, "	return fmt.Sprintf(\"%s/%d/%d\", r.UID, r.Generation, r.Attempts)", "	return fmt.Sprintf(\"%s/1/%d\", r.UID, r.Attempts)"}},
		Scenario: "spec-changes-to-another-image", Caught: "FailuresReal",
	},
	{
		Name:     "its keys ignore the attempt",
		Edits:    []Edit{{rollout, "	return fmt.Sprintf(\"%s/%d/%d\", r.UID, r.Generation, r.Attempts)", "	return fmt.Sprintf(\"%s/%d/%d\", r.UID, r.Generation, 1)"}},
		Scenario: "fails-then-recovers", Caught: "FailuresReal",
	},
	{
		Name: "counts the attempt after the burn",
		Edits: []Edit{{reconciler, "	case rollout.Write:\n", `	case rollout.Write:
		if decision.To.Phase == v1.Transferring {
			next := state
			next.Attempts++
			seen = r.Devices.Observe(ctx, name)
			_ = r.Devices.Burn(ctx, name, next.Image, next.Key(), seen.ETag)
		}
`}},
		Scenario: "controller-killed-mid-transfer", Caught: "WriteAhead",
	},
	{
		Name:     "sends a POST again where it got no answer",
		Edits:    []Edit{{reconciler, "	return nil\n}\n\n// apiTimeout", "	if seen.PostError != rollout.NoError {\n		seen.PostError = r.Devices.Burn(ctx, name, acted.Image, acted.Key(), seen.ETag)\n	}\n	return nil\n}\n\n// apiTimeout"}},
		Scenario: "answers-that-get-lost", Caught: "OncePerPoll",
	},
	{
		Name:     "takes the answer to a burn for evidence",
		Edits:    []Edit{{reconciler, "	var reportErr error\n", "	if seen.Posted && seen.PostError == rollout.NoError && state.Phase == v1.Transferring {\n		return r.write(ctx, dd, rollout.Transition{Generation: state.Generation, Phase: v1.Rebooting, Attempts: state.Attempts})\n	}\n	var reportErr error\n"}},
		Scenario: "controller-killed-mid-transfer", Caught: "Advances",
	},
	{
		Name:     "takes the answer to a reboot for evidence",
		Edits:    []Edit{{reconciler, "	var reportErr error\n", "	if seen.Posted && seen.PostError == rollout.NoError && state.Phase == v1.Rebooting {\n		return r.write(ctx, dd, rollout.Transition{Generation: state.Generation, Phase: v1.Verifying, Attempts: state.Attempts})\n	}\n	var reportErr error\n"}},
		Scenario: "controller-killed-mid-transfer", Caught: "Advances",
	},
	{
		Name:     "treats a refusal as a failure",
		Edits:    []Edit{{reconciler, "	var reportErr error\n", "	if seen.PostError != rollout.NoError && state.Phase == v1.Transferring {\n		return r.write(ctx, dd, rollout.Transition{Generation: state.Generation, Phase: v1.Pending, Attempts: state.Attempts, Failure: \"refused\"})\n	}\n	var reportErr error\n"}},
		Scenario: "answers-that-get-lost", Caught: "FailuresReal",
	},
	{
		Name:     "keeps connections alive",
		Edits:    []Edit{{client, "		DisableKeepAlives:      true,\n", ""}},
		Scenario: "answers-that-get-lost", Caught: "DeliveredOnce",
	},
	{
		Name:     "asks another namespace's device",
		Edits:    []Edit{{reconciler, "device.Name{Namespace: dd.Namespace, Device", "device.Name{Namespace: \"default\", Device"}},
		Scenario: "controller-killed-mid-transfer", Caught: "OwnDevice",
	},

	// The consequences of an observation.
	{
		Name:     "burns again while its own transfer is under way",
		Edits:    []Edit{{decide, "(mine || seen.progresses(r, now, t))", "(!mine && seen.progresses(r, now, t))"}, {decide, "	case mine:\n		// Done, and yet not staged: a burn of the same attempt must not be\n		// repeated, so the attempt is over.\n", "	case mine && seen.Transfer.State == TransferDone:\n"}},
		Scenario: "controller-killed-mid-transfer", Caught: "OncePerAttempt",
	},
	{
		Name:     "believes one reading of a transfer's progress",
		Edits:    []Edit{{observation, "o.Transfer.Progress+o.ProgressSpread > known", "o.Transfer.Progress > known"}},
		Scenario: "a-deadline-keeps-a-transfer", Caught: "TransferKept",
	},
	{
		Name:     "burns again where the image wasn't staged",
		Edits:    []Edit{{decide, "	case mine:\n", "	case mine && seen.Transfer.State == TransferRunning:\n"}},
		Scenario: "images-that-go-bad", Caught: "OncePerAttempt",
	},
	{
		Name:     "reboots again where the device came back without the image",
		Edits:    []Edit{{decide, "	return r.failed(\"the device came back from the reboot without the image\")", "	return Decision{Action: Reboot, After: t.Poll}"}},
		Scenario: "images-that-go-bad", Caught: "OncePerAttempt",
	},
	{
		Name:     "takes the image for there already though another is staged",
		Edits:    []Edit{{observation, " && o.Staged == \"\" && o.Transfer.State != TransferRunning", ""}},
		Scenario: "spec-changes-once-it-is-staged", Caught: "Advances",
	},
	{
		Name:     "ignores healthy",
		Edits:    []Edit{{decide, "	case !seen.Healthy:\n		return wait(r, overdue, t, \"the device is not healthy on the image\")\n	}\n	return r.to(v1.Succeeded)", "	}\n	return r.to(v1.Succeeded)"}},
		Scenario: "images-that-go-bad", Caught: "SucceededRuns",
	},
	{
		Name:     "gives up a device that isn't healthy yet",
		Edits:    []Edit{{decide, "		return wait(r, overdue, t, \"the device is not healthy on the image\")", "		return r.failed(\"the device is not healthy on the image\")"}},
		Scenario: "healthy-only-after-a-while", Caught: "FailuresReal",
	},
	{
		Name:     "waits for a device that isn't healthy for ever",
		Edits:    []Edit{{decide, "		return wait(r, overdue, t, \"the device is not healthy on the image\")", "		return Decision{Action: Wait, After: t.Poll}"}},
		Scenario: "runs-a-corrupt-copy", Caught: "OnTime",
	},
	{
		Name:     "burns at once what only needs time to be healthy",
		Edits:    []Edit{{decide, "	case r.Attempts == 1 && seen.isIdleOn(r.Image) && ", "	case r.Attempts == 0 && seen.isIdleOn(r.Image) && "}},
		Scenario: "healthy-only-after-a-while", Caught: "NoNeedlessBurn",
	},
	{
		Name:     "takes an unreachable device for a failed attempt",
		Edits:    []Edit{{decide, "	if overdue {\n		return r.failed(why)", "	if overdue || t.Reboot > 0 && r.Phase == v1.Rebooting {\n		return r.failed(why)"}},
		Scenario: "controller-killed-mid-transfer", Caught: "FailuresReal",
	},

	// Time.
	{
		Name:     "judges the deadline before the evidence",
		Edits:    []Edit{{decide, "	mine := seen.Transfer.Key == r.Key()\n	switch {\n", "	mine := seen.Transfer.Key == r.Key()\n	switch {\n	case overdue:\n		return r.failed(\"too late\")\n"}, {decide, "	case overdue:\n		return r.failed(timeoutMessage(\"the transfer was not begun within %v\", t.Transfer, r.deviceErrors(seen)))\n", ""}},
		Scenario: "down-for-two-hours", Caught: "FailuresReal",
	},
	{
		Name:     "judges a deadline that passed during the observation",
		Edits:    []Edit{{reconciler, "the observation means nothing\n		}\n		decision = rollout.Decide(state, &seen, now, r.Timing)", "nothing was observed\n		}\n		decision = rollout.Decide(state, &seen, r.Clock.Now(), r.Timing)"}},
		Scenario: "devices-that-cannot-be-read", Caught: "FailuresReal",
	},
	{
		Name: "counts deadlines from when it first saw the phase",
		Edits: []Edit{
			{reconciler, "	Timing rollout.Timing\n}", "	Timing rollout.Timing\n\n	since sync.Map\n}"},
			{reconciler, "import (\n	\"context\"\n", "import (\n	\"context\"\n	\"sync\"\n"},
			{reconciler, "	decision := rollout.Decide(state, nil, now, r.Timing)\n", "	if state.Phase != v1.Pending {\n		first, _ := r.since.LoadOrStore(state, now)\n		state.Since = first.(time.Time)\n	}\n	decision := rollout.Decide(state, nil, now, r.Timing)\n"},
			{reconciler, "	if stateOf(fresh) != acted {", "	acted.Since = stateOf(fresh).Since\n	if stateOf(fresh) != acted {"},
		},
		Scenario: "time-goes-on-without-a-controller", Caught: "OnTime",
	},
	{
		Name: "counts the backoff from its own start",
		Edits: []Edit{
			{reconciler, "	Timing rollout.Timing\n}", "	Timing rollout.Timing\n\n	started atomic.Pointer[time.Time]\n}"},
			{reconciler, "import (\n	\"context\"\n", "import (\n	\"context\"\n	\"sync/atomic\"\n"},
			{reconciler, "	decision := rollout.Decide(state, nil, now, r.Timing)\n", "	r.started.CompareAndSwap(nil, &now)\n	if state.Phase == v1.Pending && r.started.Load().After(state.Since) {\n		state.Since = *r.started.Load()\n	}\n	decision := rollout.Decide(state, nil, now, r.Timing)\n"},
		},
		Scenario: "time-goes-on-without-a-controller", Caught: "OnTime",
	},
	{
		Name:     "takes a backoff of 0 for the default",
		Edits:    []Edit{{status, "b != nil {", "b != nil && *b > 0 {"}},
		Scenario: "no-backoff", Caught: "OnTime",
	},
	{
		Name:     "observes the device only every other poll interval",
		Edits:    []Edit{{decide, "		return r.failed(why)\n	}\n	return Decision{Action: Wait, After: t.Poll}", "		return r.failed(why)\n	}\n	return Decision{Action: Wait, After: 2 * t.Poll}"}},
		Scenario: "controller-killed-mid-transfer", Caught: "OnTime",
	},
	{
		Name:     "has no deadline for a reboot",
		Edits:    []Edit{{decide, "	overdue := now.Sub(r.Since) >= t.Reboot\n", "	overdue := false\n"}},
		Scenario: "time-goes-on-without-a-controller", Caught: "OnTime",
	},
	{
		Name:     "requeues hot",
		Edits:    []Edit{{reconciler, "	return ctrl.Result{RequeueAfter: decision.After}, nil\n}", "	return ctrl.Result{RequeueAfter: min(decision.After, 10*time.Millisecond)}, nil\n}"}},
		Scenario: "controller-killed-mid-transfer", Caught: "OncePerPoll",
	},
	{
		Name:     "asks a device that hangs once more in the same observation",
		Edits:    []Edit{{client, "		case err != nil:\n			return rollout.Observation{Error: classify(err)}", "		case err != nil && n == 0 && classify(err) == rollout.TimedOut:\n			continue\n		case err != nil:\n			return rollout.Observation{Error: classify(err)}"}},
		Scenario: "more-hang-than-workers", Caught: "OncePerPoll",
	},
	{
		Name:     "lets what its first list brings wait behind all else",
		Edits:    []Edit{{setup, "&fifoHandler{}", "&handler.EnqueueRequestForObject{}"}},
		Scenario: "first-come-first-served", Caught: "OnTime",
	},
	{
		Name:     "waits for the transfer inside the reconcile",
		Edits:    []Edit{{reconciler, "	return nil\n}\n\n// apiTimeout", "	r.Devices.Observe(ctx, name)\n	return nil\n}\n\n// apiTimeout"}},
		Scenario: "controller-killed-mid-transfer", Caught: "OncePerPoll",
	},
	{
		Name:     "cuts lastTransitionTime to seconds",
		Edits:    []Edit{{reconciler, "	from, now := stateOf(dd), metav1.NewMicroTime(r.Clock.Now())", "	from, now := stateOf(dd), metav1.NewMicroTime(r.Clock.Now().Truncate(time.Second))"}},
		Scenario: "controller-killed-mid-transfer", Caught: "TransitionTime",
	},
	{
		Name:     "leaves lastTransitionTime as it was",
		Edits:    []Edit{{status, "	s.ObservedGeneration, s.Phase, s.Attempts, s.LastTransitionTime = to.Generation, to.Phase, to.Attempts, now", "	if s.LastTransitionTime.IsZero() {\n		s.LastTransitionTime = now\n	}\n	s.ObservedGeneration, s.Phase, s.Attempts = to.Generation, to.Phase, to.Attempts"}},
		Scenario: "controller-killed-mid-transfer", Caught: "TransitionTime",
	},

	// Memory, and what triggers a reconcile.
	{
		Name: "keeps the number of failures in memory",
		Edits: []Edit{
			{reconciler, "	Timing rollout.Timing\n}", "	Timing rollout.Timing\n\n	failures sync.Map\n}"},
			{reconciler, "import (\n	\"context\"\n", "import (\n	\"context\"\n	\"sync\"\n"},
			{reconciler, "	from, now := stateOf(dd), metav1.NewMicroTime(r.Clock.Now())\n", "	from, now := stateOf(dd), metav1.NewMicroTime(r.Clock.Now())\n	if to.Failure != \"\" {\n		n, _ := r.failures.LoadOrStore(dd.UID, new(int32))\n		*n.(*int32)++\n		if to.Phase = v1.Pending; *n.(*int32) >= from.MaxAttempts {\n			to.Phase = v1.Failed\n		}\n	}\n"},
		},
		Scenario: "twenty-at-once", Caught: "NeverInvalid",
	},
	{
		Name: "shares a counter between reconciles",
		Edits: []Edit{
			{reconciler, "	Timing rollout.Timing\n}", "	Timing rollout.Timing\n\n	reconciles atomic.Int64\n}"},
			{reconciler, "import (\n	\"context\"\n", "import (\n	\"context\"\n	\"sync/atomic\"\n"},
			{reconciler, "	return ctrl.Result{RequeueAfter: decision.After}, nil\n}", "	jitter := time.Duration(r.reconciles.Add(1)%7) * time.Millisecond\n	if decision.After == 0 {\n		jitter = 0\n	}\n	return ctrl.Result{RequeueAfter: decision.After + jitter}, nil\n}"},
		},
		Scenario: "twenty-at-once", Caught: "OnTime",
	},
	{
		Name:     "ignores that the spec changed",
		Edits:    []Edit{{decide, "	case r.ObservedGeneration < r.Generation:\n", "	case r.ObservedGeneration == 0:\n"}},
		Scenario: "spec-changes-to-another-image", Caught: "WriteAhead",
	},
	{
		Name:     "wakes on GenerationChangedPredicate",
		Edits:    []Edit{{setup, "	if before.UID != after.UID || before.Generation != after.Generation {\n		return true\n	}", "	return before.Generation != after.Generation"}},
		Scenario: "controller-killed-mid-transfer", Caught: "OnTime",
	},
	{
		Name:     "keeps observing after the end",
		Edits:    []Edit{{decide, "	case r.Phase == v1.Succeeded, r.Phase == v1.Failed:\n		return Decision{Action: Nothing}\n", ""}, {decide, "	decision := Decision{Action: Nothing}\n", "	decision := Decision{Action: Wait, After: t.Poll}\n"}, {setup, "	return !ended && (moved || before.Since != after.Since || resync)", "	return ended || moved || resync"}},
		Scenario: "controller-killed-mid-transfer", Caught: "Stable",
	},
	{
		Name: "writes its Event before the status",
		Edits: []Edit{
			{reconciler, "	setTransition(dd, to, now)\n", "	setTransition(dd, to, now)\n	r.recordEvent(ctx, dd, to, now)\n"},
			{reconciler, "	r.recordEvent(context.WithoutCancel(ctx), dd, to, now)\n	return ctrl.Result{}, nil", "	return ctrl.Result{}, nil"},
		},
		Scenario: "killed-around-a-request", Caught: "OneEvent",
	},
	{
		Name:     "writes each Event twice",
		Edits:    []Edit{{event, "	if err != nil && !apierrors.IsAlreadyExists(err) {", "	again := e.DeepCopy()\n	again.Name, again.ResourceVersion, again.UID = e.Name+\"-again\", \"\", \"\"\n	_ = r.Client.Create(limited, again, client.DisableReadYourWritesConsistency)\n	if err != nil && !apierrors.IsAlreadyExists(err) {"}},
		Scenario: "controller-killed-mid-transfer", Caught: "OneEvent",
	},
	{
		Name:     "gives up one attempt early",
		Edits:    []Edit{{decide, "	if r.Attempts >= r.MaxAttempts {\n		next.Phase = v1.Failed", "	if r.Attempts+1 >= r.MaxAttempts {\n		next.Phase = v1.Failed"}},
		Scenario: "fails-permanently", Caught: "NeverInvalid",
	},
	{
		Name: "gives up one attempt early, and the API server lets it",
		Edits: []Edit{
			{decide, "	if r.Attempts >= r.MaxAttempts {\n		next.Phase = v1.Failed", "	if r.Attempts+1 >= r.MaxAttempts {\n		next.Phase = v1.Failed"},
			{crd, "self.status.attempts >= self.spec.retryPolicy.maxAttempts", "self.status.attempts >= 1"},
		},
		Scenario: "fails-permanently", Caught: "AttemptsExact",
	},
	{
		Name:     "never gives up",
		Edits:    []Edit{{decide, "	if r.Attempts >= r.MaxAttempts {\n		next.Phase = v1.Failed", "	if r.Attempts >= 1000 {\n		next.Phase = v1.Failed"}},
		Scenario: "fails-permanently", Caught: "NeverInvalid",
	},
	{
		Name: "never gives up, and the API server lets it",
		Edits: []Edit{
			{decide, "	if r.Attempts >= r.MaxAttempts {\n		next.Phase = v1.Failed", "	if r.Attempts >= 1000 {\n		next.Phase = v1.Failed"},
			{crd, "self.status.attempts < self.spec.retryPolicy.maxAttempts", "self.status.attempts < 1000"},
		},
		Scenario: "fails-permanently", Caught: "Terminates",
	},

	// Deletion.
	{
		Name:     "leaves what is being deleted alone, and doesn't report it",
		Edits:    []Edit{{reconciler, "	if dd.DeletionTimestamp != nil {\n		return r.requeue(ctx, r.reportDeletion(ctx, dd))\n	}\n", "	if dd.DeletionTimestamp != nil {\n		return ctrl.Result{}, nil\n	}\n"}},
		Scenario: "held-by-a-finalizer", Caught: "StopsOnDeletion",
	},

	// Status writes.
	{
		Name:     "writes an observedGeneration ahead of the object",
		Edits:    []Edit{{decide, "	to := Transition{Phase: v1.Pending}\n", "	to := Transition{Phase: v1.Pending}\n	r.Generation++\n"}},
		Scenario: "controller-killed-mid-transfer", Caught: "Monotonic",
	},
	{
		Name: "overwrites the status blindly",
		Edits: []Edit{{reconciler, "	dd = dd.DeepCopy()\n	setTransition(dd, to, now)\n	if err := r.update(ctx, dd)", `	before := dd
	dd = dd.DeepCopy()
	setTransition(dd, to, now)
	if err := r.Client.Status().Patch(ctx, dd, client.MergeFrom(before))`}},
		Scenario: "two-controllers", Caught: "OptimisticConcurrency",
	},
	{
		Name: "writes again over a conflict",
		Edits: []Edit{{reconciler, "	setTransition(dd, to, now)\n	if err := r.update(ctx, dd); err != nil {\n", `	setTransition(dd, to, now)
	if err := r.update(ctx, dd); err != nil {
		fresh := &v1.DeviceDeployment{}
		if apierrors.IsConflict(err) && r.Live.Get(ctx, client.ObjectKeyFromObject(dd), fresh) == nil {
			dd.ResourceVersion = fresh.ResourceVersion
			_ = r.update(ctx, dd)
		}
`}},
		Scenario: "two-controllers", Caught: "NeverInvalid",
	},

	// Reports.
	{
		Name:     "reports no errors",
		Edits:    []Edit{{decide, "	if decision.Action == Wait && errs != r.Reported && (", "	if decision.Action == Wait && errs != r.Reported && r.Attempts == 0 && ("}},
		Scenario: "why-nothing-moves", Caught: "Reported",
	},
	{
		Name:     "reports each change of a device that flaps",
		Edits:    []Edit{{decide, "const reportInterval = time.Minute", "const reportInterval = 0 * time.Minute"}},
		Scenario: "why-nothing-moves", Caught: "Reported",
	},
	{
		Name:     "forgets a refused POST at the next good observation",
		Edits:    []Edit{{decide, "Post: r.Reported.Post}", "Post: NoError}"}},
		Scenario: "why-nothing-moves", Caught: "Reported",
	},
	{
		Name:     "restarts the phase when it reports an error",
		Edits:    []Edit{{status, "	dd.Status.DeviceErrors = &v1.DeviceErrors{", "	dd.Status.LastTransitionTime = now\n	dd.Status.DeviceErrors = &v1.DeviceErrors{"}},
		Scenario: "why-nothing-moves", Caught: "OptimisticConcurrency",
	},
	{
		Name:     "is woken by its own reports",
		Edits:    []Edit{{setup, "	return !ended && (moved || before.Since != after.Since || resync)", "	return !ended && (moved || resync || before.Reported != after.Reported)"}},
		Scenario: "why-nothing-moves", Caught: "OncePerPoll",
	},
	{
		Name:     "writes an Event for each report",
		Edits:    []Edit{{reconciler, "	return client.IgnoreNotFound(r.update(ctx, dd))", "	s := dd.Status\n	r.recordEvent(ctx, dd, rollout.Transition{Generation: s.ObservedGeneration, Phase: s.Phase, Attempts: s.Attempts + 1}, s.DeviceErrors.Time)\n	return client.IgnoreNotFound(r.update(ctx, dd))"}},
		Scenario: "why-nothing-moves", Caught: "OneEvent",
	},

	{
		Name:     "never asks for a reboot",
		Edits:    []Edit{{reconciler, "decision.Action == rollout.Burn || decision.Action == rollout.Reboot", "decision.Action == rollout.Burn"}},
		Scenario: "controller-killed-mid-transfer", Caught: "Acts",
	},

	{
		Name:     "tries again at once what the API server refused",
		Edits:    []Edit{{setup, "RetryBaseDelay = 5 * time.Millisecond", "RetryBaseDelay = time.Nanosecond"}},
		Scenario: "the-api-server-refuses", Caught: "Retries",
	},
	{
		Name:     "asks the API server whether each object is still there",
		Edits:    []Edit{{reconciler, "	if limited.Err() == nil || ctx.Err() != nil {", "	if ctx.Err() != nil {"}},
		Scenario: "controller-killed-mid-transfer", Caught: "LiveReads",
	},

	{
		Name:     "returns a conflict as an error",
		Edits:    []Edit{{reconciler, "	case apierrors.IsConflict(err):\n", "	case apierrors.IsConflict(err):\n		return ctrl.Result{}, err\n	case false:\n"}},
		Scenario: "two-controllers", Caught: "Errors",
	},

	{
		Name:     "is woken by the write that ends a rollout",
		Edits:    []Edit{{setup, "	ended := after.Phase == v1.Succeeded || after.Phase == v1.Failed", "	ended := before.Phase == v1.Succeeded || before.Phase == v1.Failed"}},
		Scenario: "controller-killed-mid-transfer", Caught: "Quiet",
	},

	{
		Name:     "polls at the very interval",
		Edits:    []Edit{{decide, "	t.Poll = t.nextPoll(r, now)\n", ""}},
		Scenario: "polls-have-jitter", Caught: "Jitter",
	},

	// What the status and the Events say.
	{
		Name:     "its conditions are of no generation",
		Edits:    []Edit{{status, "			ObservedGeneration: s.ObservedGeneration, LastTransitionTime", "			LastTransitionTime"}},
		Scenario: "controller-killed-mid-transfer", Caught: "Conditions",
	},
	{
		Name:     "keeps the last error of an earlier generation",
		Edits:    []Edit{{status, "	if to.Generation != s.ObservedGeneration {", "	if to.Generation < s.ObservedGeneration {"}},
		Scenario: "max-attempts-is-lowered", Caught: "Outcome",
	},
	{
		Name:     "keeps the unfinished transfer once the image is staged",
		Edits:    []Edit{{status, "	s.DeviceErrors, s.Transfer = nil, nil\n", "	s.DeviceErrors = nil\n"}},
		Scenario: "a-deadline-keeps-a-transfer", Caught: "Unfinished",
	},
	{
		Name:     "names its Events without the uid",
		Edits:    []Edit{{event, "fmt.Sprintf(\"%s.%.8s.%010d-%03d-%d\", dd.Name, dd.UID, ", "fmt.Sprintf(\"%s.%010d-%03d-%d\", dd.Name, "}},
		Scenario: "controller-killed-mid-transfer", Caught: "EventsTell",
	},
	{
		Name:     "calls its writes off when it is told to stop",
		Edits:    []Edit{{reconciler, "r.Clock.WithTimeout(context.WithoutCancel(ctx), apiTimeout)", "r.Clock.WithTimeout(ctx, apiTimeout)"}},
		Scenario: "told-to-stop-at-a-request", Caught: "Stops",
	},
	{
		Name:     "waits half a minute for the API server",
		Edits:    []Edit{{reconciler, "const apiTimeout = 10 * time.Second", "const apiTimeout = 30 * time.Second"}},
		Scenario: "the-api-server-does-not-answer", Caught: "Bounded",
	},
}
