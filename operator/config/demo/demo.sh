#!/usr/bin/env bash
# The operator on a kind cluster, from nothing to a verdict.
#
#   demo.sh run     what "make demo" does
#   demo.sh clean   what "make demo-clean" does
#
# Three devices are to run fw:2. The first transfer of press-01 breaks, every
# transfer of press-02 does, and while all three are mid-transfer the manager's
# Pod is killed. What the devices say that they did is the proof.
#
# It can be interrupted and run again at any time: what is there already is
# used, and the rollouts begin anew. The cluster is its own, as are kubeconfig
# and context: it never looks at yours.
#
# Behind a mirror, set NODE_IMAGE, BUILD_IMAGE, BASE_IMAGE and GOPROXY.
set -euo pipefail

# The kind that this was tried with, and the node image that it would take by
# itself.
kind_version=v0.33.0
node_image=${NODE_IMAGE:-kindest/node:v1.37.0@sha256:a1ed56cfb0e7b93589bdf97c8cd566405a265939e3620fc4f5de89adff580ae5}

cluster=edge-demo
repository=example.com/edge-device-operator
operator=edge-device-operator # the manager's namespace
plant=plant                   # the devices' namespace

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
state=$root/.bin/demo
kubeconfig=$state/kubeconfig

# Nothing in the user's own environment is to steer kind and kubectl. (kind
# takes Docker by itself.)
unset KIND_EXPERIMENTAL_PROVIDER
export KUBERC=off KUBECACHEDIR=$state/cache

say() { printf '\n== %s\n' "$*"; }
die() {
	printf 'demo: %s\n' "$*" >&2
	exit 1
}
k() { kubectl --kubeconfig "$kubeconfig" --context "kind-$cluster" "$@"; }
kp() { k --namespace "$plant" "$@"; }

# --- tools -------------------------------------------------------------------

needs() { # needs TOOL HOW-TO-GET-IT
	command -v "$1" >/dev/null || die "$1 is missing. How to get it: $2"
}

tools() {
	needs docker "https://docs.docker.com/engine/install/"
	docker info >/dev/null 2>&1 || die "Docker is installed, but doesn't answer: start it, and see to it that 'docker info' works for you"
	needs kind "go install sigs.k8s.io/kind@$kind_version (and have \$(go env GOPATH)/bin on the PATH)"
	case $(kind version) in
	"kind $kind_version "*) ;;
	*) echo "demo: this was tried with kind $kind_version, and here is $(kind version)" >&2 ;;
	esac
}

# --- the cluster -------------------------------------------------------------

exists() { kind get clusters 2>/dev/null | grep -x "$cluster" >/dev/null; }

delete_cluster() { kind delete cluster --name "$cluster" --kubeconfig "$kubeconfig"; }

cluster_up() {
	say "the cluster $cluster"
	mkdir -p "$state"
	# An interrupted kind leaves half a cluster behind.
	if [[ -e $state/creating ]] && exists; then delete_cluster; fi
	if exists; then
		echo "it exists"
		kind get nodes --name "$cluster" | xargs docker start >/dev/null # after a reboot
		kind export kubeconfig --name "$cluster" --kubeconfig "$kubeconfig" 2>/dev/null ||
			die "the cluster $cluster is broken: 'make demo-clean', and then again"
	else
		touch "$state/creating"
		kind create cluster --name "$cluster" --image "$node_image" --kubeconfig "$kubeconfig"
		rm "$state/creating"
	fi
	local tries=0
	until k get --raw=/readyz >/dev/null 2>&1; do
		((++tries < 90)) || die "the API server of $cluster wasn't ready within 90 s: 'make demo-clean', and then again"
		sleep 1
	done
	k wait node --all --for=condition=Ready --timeout=180s
	k --namespace kube-system wait deployment/coredns --for=condition=Available --timeout=180s
}

# --- the images --------------------------------------------------------------

images() {
	say "the images"
	make --no-print-directory -C "$root" images
	# A tag that names the content: what has changed is rolled out, what hasn't
	# is left alone, and nothing is ever pulled.
	{
		echo "apiVersion: kustomize.config.k8s.io/v1beta1"
		echo "kind: Kustomization"
		echo "resources: [../../operator/config/demo]"
		echo "images:"
	} >"$state/kustomization.yaml"
	local name id tag
	for name in manager devicesim; do
		id=$(docker image inspect --format '{{.Id}}' "$repository/$name:$(version)")
		id=${id#sha256:}
		tag=demo-${id:0:12}
		docker tag "$repository/$name:$(version)" "$repository/$name:$tag"
		echo "- {name: $repository/$name, newTag: $tag}" >>"$state/kustomization.yaml"
		kind load docker-image --name "$cluster" "$repository/$name:$tag"
	done
}

version() { sed -n "s|.*image: $repository/manager:||p" "$root/operator/config/manager/deployment.yaml"; }

# --- the plant ---------------------------------------------------------------

plant_up() {
	say "the operator, and a plant with three devices"
	# What an earlier run left: rollouts, and devices that have moved on.
	if k get crd devicedeployments.edge.example.com >/dev/null 2>&1; then
		kp delete devicedeployments --all
	fi
	kp delete pod --selector=app.kubernetes.io/component=device --ignore-not-found
	k apply -k "$state"
	k wait crd/devicedeployments.edge.example.com --for=condition=Established --timeout=60s
	k --namespace "$operator" rollout status deployment/manager --timeout=180s
	kp wait pod --selector=app.kubernetes.io/component=device --for=condition=Ready --timeout=180s
}

manager_pod() { # the one that isn't on its way out
	k --namespace "$operator" get pod --selector=app.kubernetes.io/component=manager \
		--output=go-template='{{range .items}}{{if not .metadata.deletionTimestamp}}{{.metadata.name}}{{end}}{{end}}'
}

# --- the rollouts ------------------------------------------------------------

table=  # the process that shows it
began=  # when the rollouts did, in seconds since the script did
took=   # how many seconds they took
killed= # the manager's Pod; the next one is the survivor
survivor=

# show_table shows each transition as it comes, until hide_table.
show_table() {
	local columns='{.metadata.name}|{.spec.image}|{.status.observedGeneration}|{.status.phase}|{.status.attempts}|{.status.lastError}{"\n"}'
	# Not by k: it has to be kubectl itself that is killed.
	kubectl --kubeconfig "$kubeconfig" --context "kind-$cluster" --namespace "$plant" \
		get devicedeployments --watch --output=jsonpath="$columns" > >(
		while IFS='|' read -r name wanted observed phase attempts trouble; do
			if ((observed > 0)); then # or else it has no status yet
				printf '%4d s  %-8s  %-5s  %-12s  %s  %s\n' $((SECONDS - began)) "$name" "$wanted" "$phase" "$attempts" "$trouble"
			fi
		done
	) &
	table=$!
}

hide_table() {
	[[ -n $table ]] || return 0
	kill "$table" 2>/dev/null || true
	wait "$table" 2>/dev/null || true
	table=
}

# burning says whether press-03 has been told to burn.
burning() { [[ $(kp logs device-press-03) == *' burn-started '* ]]; }

rollouts() {
	local tries=0 phase
	killed=$(manager_pod)
	began=$SECONDS
	say "the rollouts: seconds, device, image, phase, attempts, what went wrong last"
	show_table
	kp apply -k "$root/operator/config/samples" >/dev/null
	kp wait devicedeployments --all --for=jsonpath='{.status.phase}'=Transferring --timeout=60s >/dev/null
	until burning; do
		((++tries < 40)) || die "press-03 was never told to burn: see 'kubectl --kubeconfig $kubeconfig --namespace $operator logs deployment/manager'"
		sleep 0.5
	done
	k --namespace "$operator" delete pod "$killed" --force --grace-period=0 >/dev/null 2>&1
	phase=$(kp get devicedeployment press-03 --output=jsonpath='{.status.phase}')
	printf '%4d s  KILLED %s, while press-03 is %s\n' $((SECONDS - began)) "$killed" "$phase"
	[[ $phase == Transferring ]] || die "press-03 was no longer mid-transfer when the manager was killed: this machine is very slow"
	until survivor=$(manager_pod) && [[ -n $survivor ]]; do
		((++tries < 100)) || die "no other Pod came for $killed"
		sleep 0.5
	done
	k --namespace "$operator" wait "pod/$survivor" --for=condition=Ready --timeout=60s >/dev/null
	printf '%4d s  %s goes on\n' $((SECONDS - began)) "$survivor"
	kp wait devicedeployments --all --for=condition=Progressing=False --timeout=300s >/dev/null
	took=$((SECONDS - began))
	hide_table
}

# --- the outcome -------------------------------------------------------------

story() {
	local device
	say "kubectl get dd"
	kp get dd --output=wide
	for device in press-01 press-02 press-03; do
		say "kubectl describe dd $device, and what that device did"
		kp describe dd "$device" | sed -n '/^Events:/,$p'
		echo
		kp logs "device-$device"
	done
}

count() { grep -c " $1 " || true; }

# outcome is what became of a device, in one line: what its DeviceDeployment
# says, and what the device itself says that it did.
outcome() {
	local log runs burns attempts_burned
	log=$(kp logs "device-$1")
	runs=$(sed -n -e 's/.* runs \([^ ,]*\),.*/\1/p' -e 's/.* booted \([^ ]*\).*/\1/p' <<<"$log" | tail -n 1)
	burns=$(count 'burn-started' <<<"$log")
	# A burn's key ends in the number of its attempt.
	attempts_burned=$(sed -n 's|.* burn-started .*key=.*/\([0-9]*\)$|\1|p' <<<"$log" | sort -u | grep -c . || true)
	kp get devicedeployment "$1" --output=jsonpath='{.metadata.name}  {.status.phase}, attempts: {.status.attempts}'
	echo ", burns: $burns of $attempts_burned attempts, reboots: $(count 'reboot-started' <<<"$log"), runs: $runs"
}

verdict() {
	local expected got device
	expected="press-01  Succeeded, attempts: 2, burns: 2 of 2 attempts, reboots: 1, runs: fw:2
press-02  Failed, attempts: 3, burns: 3 of 3 attempts, reboots: 0, runs: fw:1
press-03  Succeeded, attempts: 1, burns: 1 of 1 attempts, reboots: 1, runs: fw:2"
	got=$(for device in press-01 press-02 press-03; do outcome "$device"; done)
	say "the verdict"
	echo "$got"
	if [[ $got != "$expected" ]]; then
		die "THAT IS NOT WHAT SHOULD HAVE HAPPENED, which is:
$expected"
	fi
	[[ $survivor != "$killed" && $(manager_pod) == "$survivor" ]] || die "$survivor should have gone on from $killed, and stayed"
	echo "the demo held: $killed was killed mid-transfer, $survivor went on, and nothing was burned twice; $took s of $SECONDS s were the rollouts'"
}

look_around() {
	cat <<TEXT

Look around:   kubectl --kubeconfig $kubeconfig --namespace $plant get dd
Once more:     make demo
Clean up:      make demo-clean
TEXT
}

# -----------------------------------------------------------------------------

run() {
	tools
	needs kubectl "https://kubernetes.io/docs/tasks/tools/"
	needs make "your system's package manager"
	trap hide_table EXIT
	trap 'printf "\ndemo: interrupted. \"make demo\" goes on, \"make demo-clean\" cleans up.\n" >&2; exit 130' INT TERM
	cluster_up
	images
	plant_up
	rollouts
	story
	verdict
	look_around
}

clean() {
	tools
	if exists; then delete_cluster; fi
	local images
	images=$(docker image ls --quiet --filter "reference=$repository/*" | sort -u)
	if [[ -n $images ]]; then
		# shellcheck disable=SC2086 # one word an image
		docker image rm --force $images >/dev/null
	fi
	rm -rf "$state"
	echo "The cluster $cluster, its kubeconfig and the images are gone. Docker keeps the node image and what it cached of the builds."
}

case ${1:-} in
run | clean) "$1" ;;
*)
	echo "usage: $0 run|clean" >&2
	exit 2
	;;
esac
