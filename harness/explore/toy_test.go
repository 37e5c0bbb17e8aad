package explore_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"example.com/edge-device-operator/harness/virtualtime"
	"example.com/edge-device-operator/harness/world"
)

// bug is what a toy does wrong.
type bug string

const (
	none bug = ""
	// owns has the toy own the pages, so that they are collected, which is no bug.
	owns bug = "owns"
	// forgets has the toy say that it is about to make the second page, and take that
	// for the page once it has forgotten that it hasn't made it.
	forgets bug = "forgets"
	// relapses has one that finds the second page missing say that it makes up for it,
	// and take that for the page when it has failed at it once.
	relapses bug = "relapses"
	// impatient has it make another page where it gets no answer.
	impatient bug = "impatient"
	// yields has it leave the last word to somebody else after a conflict.
	yields bug = "yields"
	// guesses has it take what it can't read for what is missing.
	guesses bug = "guesses"
	// restless has it change something each minute.
	restless bug = "restless"
	// signs has each incarnation put its number on what it finds.
	signs bug = "signs"
	// scribbles has it write what no API server takes.
	scribbles bug = "scribbles"
	// panics has it panic now and then.
	panics bug = "panics"
	// spins has it come back at once, for ever.
	spins bug = "spins"
	// lumps has it make copies with made-up names, and take one for all.
	lumps bug = "lumps"
	// sticks has it ask again each minute, for ever, for what it has forgotten.
	sticks bug = "sticks"
	// haunts has it ask again each minute, for ever, for what is gone.
	haunts bug = "haunts"
	// presumes has it take what gets no answer in time for done.
	presumes bug = "presumes"
	// clings has it take back what it says at web, which may arrive after that.
	clings bug = "clings"
	// doubts has it make another page where the answer takes a second.
	doubts bug = "doubts"
	// hurries has it make another page when it is told to stop.
	hurries bug = "hurries"
	// rereads has it expect to read what it wrote five seconds ago.
	rereads bug = "rereads"
	// litters has its first incarnation take the pages along, and no other.
	litters bug = "litters"
	// doubles has it make a copy with a made-up name unless there is one.
	doubles bug = "doubles"
	// tires has it try its last write twice, and no third time.
	tires bug = "tires"
	// counts has something that outlives the process count what is read.
	counts bug = "counts"
)

// has says whether a toy that does some things wrong does this one.
func (b bug) has(one bug) bool { return strings.Contains(string(b), string(one)) }

// toy makes two pages for the ConfigMap web, of the size that the ConfigMap policy
// says, in six requests.
type toy struct {
	client.Client
	live           client.Reader
	bug            bug
	reads          *int // that outlive the process
	begun, yielded bool
	gaveUp, marked bool
	presumed       bool
	incarnation    int
	clock          *virtualtime.Clock
	passes         int
	refused        int
}

func toyOperator(b bug) world.Operator {
	reads := map[*virtualtime.Clock]*int{} // by world
	var mu sync.Mutex
	return world.Operator{
		Scheme: scheme.Scheme, Kinds: []schema.GroupVersionKind{corev1.SchemeGroupVersion.WithKind("ConfigMap")},
		CollectGarbage: b == owns,
		Setup: func(mgr manager.Manager, e world.Env) error {
			mu.Lock()
			defer mu.Unlock()
			if e.Incarnation == 1 {
				reads[e.Clock] = new(int)
			}
			t := &toy{Client: mgr.GetClient(), live: mgr.GetAPIReader(), bug: b, reads: reads[e.Clock], incarnation: e.Incarnation, clock: e.Clock}
			return ctrl.NewControllerManagedBy(mgr).Named("toy").For(&corev1.ConfigMap{}).Complete(t)
		},
	}
}

func (t *toy) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	web := &corev1.ConfigMap{}
	if req.Name != "web" {
		return ctrl.Result{}, nil
	}
	if err := t.Get(ctx, req.NamespacedName, web); err != nil {
		if apierrors.IsNotFound(err) && t.bug == litters && t.incarnation == 1 {
			err = errors.Join(t.remove(ctx, req.Namespace, "web-1"), t.remove(ctx, req.Namespace, "web-2"))
		}
		if apierrors.IsNotFound(err) && t.bug == haunts {
			return ctrl.Result{RequeueAfter: time.Minute}, nil
		}
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	for _, step := range []func(context.Context, *corev1.ConfigMap) error{t.firstPage, t.begin, t.secondPage, t.finish} {
		if err := step(ctx, web); err != nil {
			return ctrl.Result{}, err
		}
	}
	return t.habits(ctx, web)
}

// remove removes a page if it is there.
func (t *toy) remove(ctx context.Context, namespace, name string) error {
	return client.IgnoreNotFound(t.Delete(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}))
}

// habits are what it does each time that all is done.
func (t *toy) habits(ctx context.Context, web *corev1.ConfigMap) (ctrl.Result, error) {
	set := func(key, value string) error {
		before := web.DeepCopy()
		metav1.SetMetaDataAnnotation(&web.ObjectMeta, key, value)
		return t.Patch(ctx, web, client.MergeFrom(before))
	}
	switch t.passes++; t.bug {
	case lumps:
		return ctrl.Result{}, t.copies(ctx, web, 2)
	case doubles:
		return ctrl.Result{}, t.copies(ctx, web, 1)
	case rereads:
		switch {
		case t.clock.Since(web.CreationTimestamp.Time) < time.Minute:
			return ctrl.Result{RequeueAfter: time.Minute}, nil
		case web.Annotations["mark"] != "":
		case t.marked:
			return ctrl.Result{}, set("lost", "yes")
		default:
			err := set("mark", "yes") // #7
			t.marked = err == nil
			return ctrl.Result{RequeueAfter: 5 * time.Second}, err
		}
	case sticks:
		if !t.begun {
			return ctrl.Result{RequeueAfter: time.Minute}, nil
		}
	case restless:
		return ctrl.Result{RequeueAfter: time.Minute}, set("looked", t.clock.Now().Format("15:04"))
	case signs:
		return ctrl.Result{}, set("by", strconv.Itoa(t.incarnation))
	case scribbles:
		return ctrl.Result{}, ignoreInvalid(t.Create(ctx, t.page(web, "Web_3", "")))
	case panics:
		if t.passes == 2 {
			panic("twice is too much")
		}
	case spins:
		return ctrl.Result{RequeueAfter: time.Nanosecond}, nil
	}
	return ctrl.Result{}, nil
}

// copies makes so many copies unless there is one (#7, #8).
func (t *toy) copies(ctx context.Context, web *corev1.ConfigMap, number int) error {
	all := &corev1.ConfigMapList{}
	if err := t.List(ctx, all, client.InNamespace(web.Namespace), client.HasLabels{"copy"}); err != nil || len(all.Items) > 0 {
		return err
	}
	for range number {
		made := t.page(web, "", "")
		made.GenerateName, made.Labels = "copy-", map[string]string{"copy": ""}
		if err := t.Create(ctx, made); err != nil {
			return err
		}
	}
	return nil
}

func ignoreInvalid(err error) error {
	if apierrors.IsInvalid(err) {
		return nil
	}
	return err
}

// firstPage reads the policy twice (#1, #2), and makes the first page (#3).
func (t *toy) firstPage(ctx context.Context, web *corev1.ConfigMap) error {
	if there, err := t.there(ctx, web, "web-1"); there || err != nil {
		return err
	}
	var size string
	for range 2 {
		policy := &corev1.ConfigMap{}
		err := t.live.Get(ctx, client.ObjectKey{Namespace: web.Namespace, Name: "policy"}, policy)
		switch {
		case err == nil:
			size = policy.Data["size"]
			if t.bug.has(counts) {
				*t.reads++
				size = strconv.Itoa(*t.reads)
			}
		case !apierrors.IsNotFound(err) && !t.bug.has(guesses):
			return err
		default:
			size = "small"
		}
	}
	return t.Create(ctx, t.page(web, "web-1", size))
}

// begin says at web that the second page is to be made (#4).
func (t *toy) begin(ctx context.Context, web *corev1.ConfigMap) error {
	if web.Annotations["begun"] != "" || t.bug == clings && web.Annotations["done"] != "" {
		return nil
	}
	if t.bug == clings {
		var cancel context.CancelFunc
		ctx, cancel = t.clock.WithTimeout(ctx, 10*time.Second)
		defer cancel()
	}
	t.begun = true
	before := web.DeepCopy()
	metav1.SetMetaDataAnnotation(&web.ObjectMeta, "begun", "yes")
	return t.Patch(ctx, web, client.MergeFrom(before))
}

// secondPage makes the second page (#5).
func (t *toy) secondPage(ctx context.Context, web *corev1.ConfigMap) error {
	if there, err := t.there(ctx, web, "web-2"); there || err != nil {
		return err
	}
	if t.bug.has(forgets) && !t.begun || t.presumed {
		return nil
	}
	if t.bug == relapses && !t.begun {
		if web.Annotations["recovering"] != "" {
			t.gaveUp = true
			return nil
		}
		before := web.DeepCopy()
		metav1.SetMetaDataAnnotation(&web.ObjectMeta, "recovering", "yes")
		if err := t.Patch(ctx, web, client.MergeFrom(before)); err != nil {
			return err
		}
	}
	began, life := t.clock.Now(), ctx
	if t.bug == presumes {
		var cancel context.CancelFunc
		ctx, cancel = t.clock.WithTimeout(ctx, 10*time.Second)
		defer cancel()
	}
	err := t.Create(ctx, t.page(web, "web-2", ""))
	var answered apierrors.APIStatus
	switch {
	case t.bug == presumes && errors.Is(err, context.DeadlineExceeded):
		t.presumed = true
		return nil
	case t.bug == doubts && t.clock.Since(began) >= time.Second, t.bug == hurries && life.Err() != nil:
		return t.Create(context.WithoutCancel(life), t.page(web, "web-3", ""))
	}
	if t.bug.has(impatient) && err != nil && !errors.As(err, &answered) && ctx.Err() == nil {
		return t.Create(ctx, t.page(web, "web-3", ""))
	}
	return err
}

// finish says at web that all is done (#6).
func (t *toy) finish(ctx context.Context, web *corev1.ConfigMap) error {
	if web.Annotations["done"] != "" {
		return nil
	}
	metav1.SetMetaDataAnnotation(&web.ObjectMeta, "done", "yes")
	if !t.gaveUp {
		delete(web.Annotations, "recovering")
	}
	if t.bug == clings {
		delete(web.Annotations, "begun")
	}
	if t.yielded {
		return nil
	}
	err := t.Update(ctx, web)
	if t.refused++; t.bug == tires && t.refused == 2 {
		return nil
	}
	if t.bug.has(yields) && apierrors.IsConflict(err) {
		t.yielded = true
		return nil
	}
	return err
}

func (t *toy) there(ctx context.Context, web *corev1.ConfigMap, name string) (bool, error) {
	err := t.Get(ctx, client.ObjectKey{Namespace: web.Namespace, Name: name}, &corev1.ConfigMap{})
	return err == nil, client.IgnoreNotFound(err)
}

func (t *toy) page(web *corev1.ConfigMap, name, size string) *corev1.ConfigMap {
	made := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: web.Namespace, Name: name}, Data: map[string]string{"size": size}}
	if t.bug == owns {
		made.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: web.Name, UID: web.UID}}
	}
	return made
}
