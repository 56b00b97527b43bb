"""Starts MiniStack 1.5.33 with what it lacks for Lockstep's stack.

Each part below is one thing that AWS does and this version does not; docs/emulators.md lists them. A part that finds the
source changed stops the start by an assertion: the version is pinned, and a new one has to be looked at.
"""

import dataclasses
import json
import re
import threading

import ministack.app as app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import ec2, lambda_svc, stepfunctions
from ministack.services.cloudformation import provisioners


def replaced(text, old, new):
    assert old in text, f"MiniStack has changed: {old}"
    return text.replace(old, new)


# --- CloudFormation: rules of a security group that are resources of their own
def create_rule(logical_id, props, stack_name):
    group = ec2._security_groups.get(props["GroupId"])
    if group is not None:
        is_egress = any(name.startswith("Destination") for name in props)
        field = "IpPermissionsEgress" if is_egress else "IpPermissions"
        group[field] = group[field] + provisioners._ec2_sg_permissions([props])
    return f"{stack_name}-{logical_id}", {"Id": f"sgr-{logical_id}"}


for kind in ("Ingress", "Egress"):
    provisioners._RESOURCE_HANDLERS[f"AWS::EC2::SecurityGroup{kind}"] = {
        "create": create_rule,
        "delete": lambda physical_id, props: None,
    }

# --- Lambda: a handler may be a .cjs file, and an error keeps its name
_worker = lambda_runtime._NODEJS_WORKER_SCRIPT
_worker = replaced(
    _worker,
    'const mjsPath = fullPath + ".mjs";',
    'const mjsPath = fullPath + (fs.existsSync(fullPath + ".cjs") ? ".cjs" : ".mjs");',
)
_worker = replaced(
    _worker,
    'status: "error", error: String(err.message || err)',
    'status: "error", errorType: err instanceof Error ? err.name : typeof err, error: String(err.message || err)',
)
lambda_runtime._NODEJS_WORKER_SCRIPT = _worker

_last = threading.local()
_invoke = lambda_runtime.Worker.invoke
_execute = lambda_svc._execute_function_warm


def invoke_keeping_type(self, *args, **kwargs):
    result = _invoke(self, *args, **kwargs)
    died = result.get("error") == "Worker process died"
    _last.type = "Runtime.ExitError" if died else result.get("errorType")
    _last.trace = [line for line in str(result.get("trace", "")).split("\n") if line]
    return result


def execute_with_type(func, event, request_id):
    _last.type = None
    result = _execute(func, event, request_id)
    if result.get("error") and _last.type:
        message = result["body"]["errorMessage"]
        result["body"] = {"errorType": _last.type, "errorMessage": message, "trace": _last.trace}
    return result


lambda_runtime.Worker.invoke = invoke_keeping_type
lambda_svc._execute_function_warm = execute_with_type

# --- IAM: the bucket's policy wants TLS, and this is plain HTTP on loopback
_pin_origin = iam_evaluator.pin_request_origin
app.pin_request_origin = lambda ip, secure: _pin_origin(ip, True)

# --- IAM: AWS checks SendTask* against the state machine that gave the token, this version against "*"
_extract_arn = iam_actions.extract_resource_arn


def arn_of_token(service, *args, **kwargs):
    arn = _extract_arn(service, *args, **kwargs)
    body = b"".join(each for each in args if isinstance(each, bytes))
    if service == "states" and arn == "*" and b"taskToken" in body:
        machines = [name for name in stepfunctions._state_machines.keys() if "Training" in name]
        return machines[0] if len(machines) == 1 else arn
    return arn


iam_actions.extract_resource_arn = arn_of_token

# --- IAM: a policy may name a tag of whoever asks, and the partition keys that a request of DynamoDB names
_resolve_principal = iam_evaluator.resolve_principal
_dynamodb_context = iam_actions.dynamodb_service_context


def with_own_tags(value, tags):
    if isinstance(value, dict):
        return {key: with_own_tags(each, tags) for key, each in value.items()}
    if isinstance(value, list):
        return [with_own_tags(each, tags) for each in value]
    if not isinstance(value, str):
        return value
    # A tag that is not there leaves the variable, which nothing matches.
    named = re.compile(r"\$\{aws:PrincipalTag/([^}]+)\}")
    return named.sub(lambda found: tags.get(found[1].lower(), found[0]), value)


def principal_with_tags(*args, **kwargs):
    found = _resolve_principal(*args, **kwargs)
    if getattr(found, "policies", None) is None:
        return found
    prefix = "aws:principaltag/"
    tags = {key[len(prefix) :]: value for key, value in found.keys.items() if key.startswith(prefix)}
    policies = [
        [
            dataclasses.replace(
                each,
                resources=with_own_tags(each.resources, tags),
                conditions=with_own_tags(each.conditions, tags),
            )
            for each in document
        ]
        for document in found.policies
    ]
    return dataclasses.replace(found, policies=policies)


def context_with_partitions(body):
    data = json.loads(body or b"{}")
    writes = [next(iter(each.values())) for each in data.get("TransactItems", [])]
    keys = [each.get("Key") or each.get("Item") for each in [data, *writes]]
    values = [each["pk"]["S"] for each in keys if each]
    if "KeyConditionExpression" in data:
        # Of an index the key is another one: what may be read through it is not held by the partitions of the table.
        named = re.match(r"\s*pk\s*=\s*(:\w+)", data["KeyConditionExpression"])
        if named:
            values.append(data["ExpressionAttributeValues"][named[1]]["S"])
    return {**_dynamodb_context(body), **({"dynamodb:LeadingKeys": values} if values else {})}


iam_evaluator.resolve_principal = principal_with_tags
iam_actions.dynamodb_service_context = context_with_partitions

app.main()
