// Package second is a small operator over built-in kinds, by which the harness
// is tested as one that knows no operator. It is written as kubebuilder lays
// operators out, and knows nothing of the harness.
package second

import (
	"context"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
)

const (
	// Label is what a ConfigMap has that is a site.
	Label = "second.example.com/site"
	// Finalizer holds a site until what was made for it is gone.
	Finalizer = "second.example.com/finalizer"
	// Credentials is the annotation that names a site's Secret.
	Credentials = "second.example.com/credentials"
	// Pages is the annotation that says how many pages a site has.
	Pages = "second.example.com/pages"
	// Of is a label of what is made for a site: the site's name.
	Of = "second.example.com/of"
)

// Reconciler keeps a Secret and a page, which is a ConfigMap, for each site.
type Reconciler struct {
	client.Client
	// Mended takes the planted bug away: who finds the Secret goes on, and
	// doesn't take the page for made, too.
	Mended bool
}

// SetupWithManager adds the controller to a manager.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	isSite, err := predicate.LabelSelectorPredicate(metav1.LabelSelector{
		MatchExpressions: []metav1.LabelSelectorRequirement{{Key: Label, Operator: metav1.LabelSelectorOpExists}},
	})
	if err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		For(&corev1.ConfigMap{}, builder.WithPredicates(isSite)).
		Owns(&corev1.Secret{}).
		Owns(&corev1.ConfigMap{}).
		Complete(r)
}

// Reconcile brings one site nearer to what it should be.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	site := &corev1.ConfigMap{}
	if err := r.Get(ctx, req.NamespacedName, site); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !site.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.remove(ctx, site)
	}
	before := site.DeepCopy()
	if controllerutil.AddFinalizer(site, Finalizer) {
		if err := r.Patch(ctx, site, client.MergeFrom(before)); err != nil {
			return ctrl.Result{}, err
		}
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: site.Namespace, Name: site.Name + "-credentials"}}
	made, err := r.ensure(ctx, site, secret)
	if err != nil || !made && !r.Mended {
		return ctrl.Result{}, err
	}
	if site.Annotations[Credentials] != secret.Name {
		metav1.SetMetaDataAnnotation(&site.ObjectMeta, Credentials, secret.Name)
		if err := r.Update(ctx, site); err != nil {
			return ctrl.Result{}, err
		}
	}
	page := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: site.Namespace, Name: site.Name + "-page"}}
	if _, err = r.ensure(ctx, site, page); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.count(ctx, site)
}

// count says at the site how many pages it has, as far as the cache knows.
func (r *Reconciler) count(ctx context.Context, site *corev1.ConfigMap) error {
	pages := &corev1.ConfigMapList{}
	if err := r.List(ctx, pages, client.InNamespace(site.Namespace), client.MatchingLabels{Of: site.Name}); err != nil {
		return err
	}
	before, n := site.DeepCopy(), strconv.Itoa(len(pages.Items))
	if site.Annotations[Pages] == n {
		return nil
	}
	metav1.SetMetaDataAnnotation(&site.ObjectMeta, Pages, n)
	return r.Patch(ctx, site, client.MergeFrom(before))
}

// ensure creates an object of a site unless it is there.
func (r *Reconciler) ensure(ctx context.Context, site *corev1.ConfigMap, o client.Object) (made bool, err error) {
	err = r.Get(ctx, client.ObjectKeyFromObject(o), o)
	if !apierrors.IsNotFound(err) {
		return false, err
	}
	o.SetLabels(map[string]string{Of: site.Name})
	if err := controllerutil.SetControllerReference(site, o, r.Scheme()); err != nil {
		return false, err
	}
	return true, r.Create(ctx, o)
}

// remove deletes what was made for a site, and lets it go.
func (r *Reconciler) remove(ctx context.Context, site *corev1.ConfigMap) error {
	if !controllerutil.RemoveFinalizer(site, Finalizer) {
		return nil
	}
	made := metav1.ObjectMeta{Namespace: site.Namespace, Name: site.Name + "-page"}
	if err := client.IgnoreNotFound(r.Delete(ctx, &corev1.ConfigMap{ObjectMeta: made})); err != nil {
		return err
	}
	made.Name = site.Name + "-credentials"
	if err := client.IgnoreNotFound(r.Delete(ctx, &corev1.Secret{ObjectMeta: made})); err != nil {
		return err
	}
	return client.IgnoreNotFound(r.Update(ctx, site))
}
