"""Two operators let a specialist in, and a patient books a consult with them, at the gateways in turn.

    consult.py SECRETS MAIL AUTHORITY URL [URL ...]

SECRETS is the folder of ROLE.password and ROLE.secrets as `consilium account create` printed them, MAIL the folder in which
mails arrive as files, AUTHORITY a PEM file of who signed the gateways' certificate, or - for plain HTTP.
"""
import base64, datetime, hashlib, hmac, itertools, json, pathlib, re, ssl, struct, sys, time, urllib.error, urllib.request

secrets, mail, authority, *urls = sys.argv[1:]
secrets, mail = pathlib.Path(secrets), pathlib.Path(mail)
context = None if authority == "-" else ssl.create_default_context(cafile=authority)
gateways = itertools.cycle(urls)
keys = itertools.count(1)


class Refused(Exception):
    pass


class Person:
    def __init__(self, email):
        self.email, self.token, self.spare = email, None, []

    def ask(self, method, path, body=None, **headers):
        """The answer's body; what is no 2xx is raised with its problem."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if method != "GET":
            headers["Idempotency-Key"] = f"deployment-{time.time_ns()}-{next(keys)}"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        if data:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(next(gateways) + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120, context=context) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as refusal:
            raise Refused(f"{method} {path}: {refusal.code} {refusal.read().decode()}") from None

    def sign_in(self, password, code=None):
        body = {"email": self.email, "password": password} | ({"code": code} if code else {})
        answer = self.ask("POST", "/v1/sessions", body)
        self.token, self.account = answer["token"], answer["account"]
        return self

    def version(self, path):
        return f'"{self.ask("GET", path)["version"]}"'


def staff(role):
    """Somebody whom `consilium account create` made, signed in with a recovery code."""
    codes = re.search(r"Recovery codes: (.*)", (secrets / f"{role}.secrets").read_text())[1].split()
    return Person(f"{role}@example.org").sign_in((secrets / f"{role}.password").read_text().strip(), codes[0])


def one_time_code(secret, step):
    """RFC 6238, of the half minute `step`."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    place = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, place)[0] & 0x7fffffff) % 1_000_000:06}"


def link(email, path):
    """The secret behind the link to a page, in the newest mail to an address that has one."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for file in sorted(mail.iterdir(), key=lambda file: file.stat().st_mtime_ns, reverse=True):
            text = file.read_text(errors="replace").replace("=\r\n", "").replace("=\n", "")
            if re.search(rf"^to:.*{re.escape(email)}", text, re.I | re.M) and (found := re.search(rf"{path}#(?:[a-z]+=)?([\w-]+)", text.replace("=3D", "="))):
                return found[1]
        time.sleep(0.1)
    raise Refused(f"no mail to {email} with a link to {path} came within a minute")


def newcomer(email, password):
    person = Person(email)
    person.ask("POST", "/v1/accounts", {
        "email": email, "name": f"The {email.split('@')[0]}", "birthDate": "1968-04-09", "sex": "female", "phone": "+1-419-555-0119",
        "address": "7 Wharf, Toledo, OH", "jurisdiction": "US-OH", "timeZone": "America/New_York", "language": "en"})
    person.ask("POST", "/v1/accounts/confirm", {"token": link(email, "/confirm"), "password": password})
    return person.sign_in(password)


def told(text):
    print(f"- {text}", flush=True)


first, second, coordinator = staff("operator"), staff("operator-2"), staff("coordinator")
told("two operators and a coordinator signed in with their second factors")
place = first.ask("POST", "/v1/organisations", {"name": f"Erieview {time.time_ns()}", "city": "Cleveland", "jurisdiction": "US-OH"})
email = f"specialist-{time.time_ns()}@example.org"
proposal = first.ask("POST", "/v1/specialist-proposals", {"email": email, "entry": {
    "name": "Amara Bell", "credentials": "MD", "organisation": place["id"], "timeZone": "America/New_York",
    "taxonomyCodes": ["207RX0202X"], "languages": ["en"], "peerToPeer": True, "weeklyCapacity": 4}})
second.ask("POST", f"/v1/specialist-proposals/{proposal['id']}/approve")
told("one operator made an organisation and proposed a specialist, the other approved")

password = "violet harbour candle"
invitation = link(email, "/specialist-invitations")
specialist = newcomer(email, password)
factor = specialist.ask("POST", "/v1/me/second-factor")
step = int(time.time()) // 30
codes = specialist.ask("POST", "/v1/me/second-factor/confirm", {"code": one_time_code(factor["secret"], step)})
specialist.sign_in(password, codes["recoveryCodes"][0])
specialist.ask("POST", "/v1/specialist-invitations/accept", {"token": invitation})
specialist.sign_in(password, codes["recoveryCodes"][1])
entry = f"/v1/specialists/{specialist.account}"
specialist.ask("PUT", f"{entry}/conditions", {"conditions": [{"codePrefix": "C50", "yearlyVolume": 210}]}, If_Match=specialist.version(entry))
coordinator.ask("PUT", f"{entry}/licences", {"licences": [
    {"jurisdiction": "US-OH", "number": "OH-683836", "expiresOn": f"{datetime.date.today().year + 2}-12-31"}]},
    If_Match=coordinator.version(entry))
today = datetime.date.today().isoformat()
specialist.ask("PUT", f"{entry}/availability", {"timeZone": "America/New_York", "overrides": [], "ruleSets": [{
    "effectiveFrom": today, "visitTypes": ["consult-30", "consult-45"],
    "rules": [{"rrule": "FREQ=DAILY", "startDate": today, "starts": "09:00", "ends": "17:00"}]}]}, If_Match='"1"')
told("the specialist came by the mail, with a second factor, and gave conditions and hours; the coordinator recorded the licence")

patient = newcomer(f"patient-{time.time_ns()}@example.org", password)
case = patient.ask("POST", "/v1/cases", {
    "lane": "licensed", "blinded": False, "reason": "A second look at a breast biopsy",
    "intake": [{"kind": "condition", "text": "Breast cancer, left side", "code": "C50.912"}],
    "questions": [{"text": "Is a smaller operation as safe?"}]})["id"]
for kind in ["second_opinion", "telehealth", "records_release"]:
    patient.ask("POST", f"/v1/cases/{case}/consents", {"kind": kind, "wording": f"{kind}.2026-01"})
patient.ask("POST", f"/v1/cases/{case}/submit")
task = next(task for task in coordinator.ask("GET", "/v1/tasks?kind=complete_case")["tasks"] if task["case"] == case)
coordinator.ask("POST", f"/v1/tasks/{task['id']}/done")
told("a patient opened a case, and the coordinator completed it")
match = patient.ask("POST", f"/v1/cases/{case}/matches")
offer = patient.ask("POST", f"/v1/cases/{case}/offers", {"match": match["id"], "specialist": specialist.account})
specialist.ask("POST", f"/v1/offers/{offer['id']}/accept")
opening = patient.ask("GET", f"/v1/openings?case={case}")["openings"][0]
hold = patient.ask("POST", "/v1/holds", {"case": case, "startsAt": opening["startsAt"], "visitType": "consult-45"})
consult = patient.ask("POST", "/v1/appointments", {"hold": hold["id"], "token": hold["token"]})
told(f"the specialist accepted, and a consult is booked at {consult['startsAt']}")
