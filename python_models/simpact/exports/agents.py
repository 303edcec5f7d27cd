"""Agents for simulators, drawn from the personas of a release: never people, and nothing that anybody wrote.

An agent knows of its persona what the release tells of all its people together. What two agents of one persona have of their
own is drawn: some of the persona's words, and whom they follow.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from simpact.errors import UserError
from simpact.exports.adapters import serving_line
from simpact.exports.folder import replaced_folder
from simpact.exports.manifest import MANIFEST, WRITTEN_BY, read_manifest, write_checksums
from simpact.exports.source import check_version
from simpact.training.card import SMOKE_WORDS

EXPORTED_AGENTS = "exported_agents"
INTERESTS = 5  # of the persona's words, for each agent
SILISOCS, GRAPH, SCENARIO, OASIS = (
    "silisocs_agents.json",
    "silisocs_follow_graph.json",
    "silisocs_agents.yaml",
    "oasis_agents.csv",
)
MIXING, SERVING = "mixing.csv", "serve.sh"
OASIS_COLUMNS = ("user_id", "name", "username", "following_agentid_list", "previous_tweets", "user_char", "description")
ANYBODY = -1


@dataclass(frozen=True)
class Persona:
    """What a release tells of a persona: how many people it speaks for, its words, and shares of its threads."""

    number: int
    weight: float
    people: int | None
    terms: tuple[str, ...]
    actions: tuple[tuple[str, float], ...]
    gaps: tuple[tuple[str, float], ...]
    per_week: float | None
    words: float | None


@dataclass(frozen=True)
class Agent:
    """One draw. `follows` are numbers of agents."""

    number: int
    persona: Persona
    interests: tuple[str, ...]
    follows: tuple[int, ...]

    @property
    def name(self) -> str:
        """Unique, as simulators want it, and nobody's."""
        return f"Agent {self.number}"


def export_agents(
    release: Path, out: Path, n: int, scale: int | None, seed: int, adapters: Path, say: Callable[[str], None]
) -> None:
    """Write `n` agents of personas at `scale` (that of the mixing matrix, unless given) as the folder `out`.

    Agents are served by the adapters that lie exported in `adapters`, where their persona has one. The same release, adapters
    and numbers give the same bytes. Raises UserError when there is no such release or scale.
    """
    if not release.is_file():
        raise UserError(f"There is no release at '{release}': build one, or set SIMPACT_HOME to the folder that has one.")
    with duckdb.connect(str(release), read_only=True) as connection:
        check_version(connection, release)
        scale = scale or _default_scale(connection)
        personas = _personas(connection, scale)
        mixing = {
            (persona, ANYBODY if target is None else target): share
            for persona, target, share in connection.execute(_MIXING, [scale]).fetchall()
        }
        card = {f"{section} {item}": value for section, item, value in connection.execute(_CARD).fetchall()}
    if not mixing:
        say(f"The release tells at scale {scale} of nobody towards whom they act: agents follow by chance.")
    degree = float(card.get("counts people_acted_towards_by_one", "10"))
    agents = draw(personas, mixing, n, degree, seed)
    served = [adapter for adapter in read_manifest(adapters).get("adapters", []) if isinstance(adapter, dict)]
    with replaced_folder(out) as folder:
        models = _models(served, scale)
        served = [adapter for adapter in served if adapter["adapter"] in models.values()]
        _write_silisocs(agents, models, folder)
        _write_oasis(agents, folder)
        _write_mixing(mixing, folder)
        if served:
            (folder / SERVING).write_text(f"# In the folder of the exported adapters.\n{serving_line(served)}\n")
        (folder / "README.md").write_text(_words(agents, scale, served, card, bool(mixing)))
        manifest = {
            "written_by": WRITTEN_BY,
            "schema_version": card["release schema_version"],
            "release_id": card.get("release release_id"),
            "agents": n,
            "scale": scale,
            "seed": seed,
            "adapters": [adapter["adapter"] for adapter in served],
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
        write_checksums(folder)
    if not served:
        say(f"No exported adapters in '{adapters}' (simpact export-adapters): agents name no model.")
    say(f"{n:,} agents of {len({agent.persona.number for agent in agents})} personas are in {out}.")


def draw(personas: Sequence[Persona], mixing: Mapping[tuple[int, int], float], n: int, degree: float, seed: int) -> list[Agent]:
    """`n` agents: as many of a persona as it has people in proportion, interests and links by lot.

    An agent follows Poisson(`degree`) others, each of a persona by the shares of `mixing` (persona, persona or ANYBODY), or by
    chance where there are none. Personas in turn, then numbers, so that the draw depends on nothing but its arguments.
    """
    chance = np.random.default_rng(seed)
    kinds = [
        persona
        for persona, count in zip(personas, shared_out([p.weight for p in personas], n), strict=True)
        for _ in range(count)
    ]
    of_persona: dict[int, list[int]] = {}
    for number, persona in enumerate(kinds):
        of_persona.setdefault(persona.number, []).append(number)
    rows: dict[int, list[tuple[int, float]]] = {}
    for (acting, target), share in sorted(mixing.items()):
        rows.setdefault(acting, []).append((target, share))
    agents = []
    for number, persona in enumerate(kinds):
        weights = 1 / np.arange(1, len(persona.terms) + 1)  # the most telling first
        size = min(INTERESTS, len(persona.terms))
        chosen = chance.choice(len(persona.terms), size, replace=False, p=weights / weights.sum()).tolist() if size else []
        row = rows.get(persona.number, [(ANYBODY, 1.0)])
        targets, shares = [target for target, _ in row], np.array([share for _, share in row])
        wanted = min(int(chance.poisson(degree)), n - 1)
        follows: set[int] = set()
        for target in chance.choice(targets, wanted, p=shares / shares.sum()):
            among = of_persona.get(int(target)) or range(n)
            follows.add(int(among[int(chance.integers(len(among)))]))
        interests = tuple(persona.terms[place] for place in sorted(chosen))
        agents.append(Agent(number, persona, interests, tuple(sorted(follows - {number}))))
    return agents


def shared_out(weights: Sequence[float], n: int) -> list[int]:
    """`n` shared out by weight: whole numbers, none further than one from its part (largest remainder)."""
    parts = [n * weight / sum(weights) for weight in weights]
    counts = [int(part) for part in parts]
    for at in sorted(range(len(parts)), key=lambda at: (counts[at] - parts[at], at))[: n - sum(counts)]:
        counts[at] += 1
    return counts


def _default_scale(connection: duckdb.DuckDBPyConnection) -> int:
    rows = connection.execute("""
        select coalesce((select max(scale) from release.mixing), (select max(scale) from release.personas))
    """).fetchall()
    if rows[0][0] is None:
        raise UserError("The release has no personas to draw from.")
    return int(rows[0][0])


def _personas(connection: duckdb.DuckDBPyConnection, scale: int) -> list[Persona]:
    shares: dict[str, dict[int, list[tuple[str, float]]]] = {"action": {}, "gap": {}}
    for kind, persona, name, share in connection.execute(_SHARES, {"scale": scale}).fetchall():
        shares[kind].setdefault(persona, []).append((name, share))
    rows = connection.execute(_PERSONAS, {"scale": scale}).fetchall()
    if not rows:
        scales = connection.execute("select distinct scale from release.personas order by scale").fetchall()
        raise UserError(f"The release has no personas at scale {scale}, but at {', '.join(str(have) for (have,) in scales)}.")
    return [
        Persona(
            number,
            people or threads,
            people,
            tuple(terms or ()),
            tuple(shares["action"].get(number, ())),
            tuple(shares["gap"].get(number, ())),
            per_week,
            words,
        )
        for number, people, threads, terms, per_week, words in rows
    ]


_MIXING = "select persona_id, target_persona_id, share from release.mixing where scale = ? order by all"
_CARD = "select section, item, value from release.data_card where section in ('release', 'counts') order by all"
# A rhythm is coarse: threads of the release by person and week. Where no time is told, none is known.
_PERSONAS = """
with placed as (
    select thread_id, time_bucket, personas[$scale] as persona_id from release.threads where personas[$scale] is not null
),
told as (
    select
        count(distinct time_bucket)
        * any_value(case length(time_bucket) when 10 then 1 when 8 then 7 else 30.4 end) / 7 as weeks
    from release.threads
    where length(time_bucket) = (select max(length(time_bucket)) from release.threads)
),
counted as (select persona_id, count(*) as n_threads from placed group by persona_id),
written as (
    select persona_id, round(median(length(message_text) - length(replace(message_text, ' ', '')) + 1)) as words
    from release.messages
    inner join placed using (thread_id)
    where is_action and message_text is not null
    group by persona_id
)
select
    personas.persona_id, user_count, thread_count, top_terms, round(n_threads / user_count / nullif(weeks, 0), 1), words
from release.personas as personas
cross join told
left join counted on personas.persona_id = counted.persona_id
left join written on personas.persona_id = written.persona_id
where scale = $scale
order by personas.persona_id
"""
_SHARES = """
with placed as (
    select thread_id, action_type, personas[$scale] as persona_id from release.threads where personas[$scale] is not null
),
found as (
    select 'action' as kind, persona_id, action_type as name from placed
    union all
    select 'gap', persona_id, gap from release.messages inner join placed using (thread_id) where is_action and gap is not null
)
select kind, persona_id, name, count(*) / sum(count(*)) over (partition by kind, persona_id) as share
from found
group by kind, persona_id, name
order by kind, persona_id, share desc, name
"""


def _context(persona: Persona) -> str:
    people = f"about {persona.people:,} people" if persona.people else "people"
    told = [f"You are one of {people} on Bluesky who write alike."]
    if persona.actions:
        mix = ", ".join(f"{_percent(share)} {name.replace('_', ' ')}" for name, share in persona.actions if share >= 0.005)
        told.append(f"Of what such a person does: {mix}.")
    if persona.per_week is not None:
        told.append(f"Such a person does {persona.per_week:g} of these things a week.")
    if persona.gaps:
        told.append(f"Comes to a message after {', '.join(f'{name} ({_percent(share)})' for name, share in persona.gaps)}.")
    return " ".join(told)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _bio(agent: Agent) -> str:
    return ("Talks about: " + ", ".join(agent.interests) + ".") if agent.interests else "Says little."


def _style(persona: Persona) -> str:
    return f"Writes about {persona.words:.0f} words at a time." if persona.words else ""


def _models(adapters: list[dict[str, Any]], scale: int) -> dict[int, str]:
    """Name of the adapter that serves a persona; ANYBODY is served by the one of all, if there is one."""
    models = {}
    for adapter in adapters:
        kind, _, rest = adapter["adapter"].partition("_")
        at, _, number = rest.partition("_")
        if adapter["adapter"] == "all":
            models[ANYBODY] = "all"
        elif kind == "persona" and at == str(scale):
            models[int(number)] = adapter["adapter"]
    return models


def _write_silisocs(agents: list[Agent], models: dict[int, str], folder: Path) -> None:
    records = []
    for agent in agents:
        model = models.get(agent.persona.number, models.get(ANYBODY))
        records.append(
            {
                "name": agent.name,
                "context": _context(agent.persona),
                "style": _style(agent.persona),
                "goal": "Take part in what is talked about, in your own way.",
                "bio": _bio(agent),
                "seed_post": "",
                "persona": agent.persona.number,
                **({"model": model} if model else {}),
            }
        )
    (folder / SILISOCS).write_text(json.dumps(records, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    following = {agent.name: [agents[number].name for number in agent.follows] for agent in agents}
    (folder / GRAPH).write_text(json.dumps({"following": following}, indent=1) + "\n", encoding="utf-8")
    mapped = ("name", "context", "style", "goal", "bio", "seed_post", *(["model"] if models else []))
    fields = "\n".join(f"        {name}: {name}" for name in mapped)
    (folder / SCENARIO).write_text(_SCENARIO.format(count=len(agents), fields=fields), encoding="utf-8")


_SCENARIO = """# @package agents
# The agents of a scenario of SiliSocS. The graph is for its env.yaml, gm.components.initialize.params.graph:
#   {{network_type: predefined, predefined_graph_path: silisocs_follow_graph.json}}
persona_pipeline:
  classes:
    persona:
      count: {count}
      class_path: silisocs.agents.native.NativeAgent
      data: {{source: local_json, path: silisocs_agents.json}}
      field_map:
{fields}
"""


def _write_oasis(agents: list[Agent], folder: Path) -> None:
    with (folder / OASIS).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(OASIS_COLUMNS)
        for agent in agents:
            char = " ".join(part for part in (_context(agent.persona), _style(agent.persona), _bio(agent)) if part)
            rows.writerow((agent.number, agent.name, f"agent_{agent.number}", list(agent.follows), [], char, _bio(agent)))


def _write_mixing(mixing: Mapping[tuple[int, int], float], folder: Path) -> None:
    with (folder / MIXING).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("persona_id", "target_persona_id", "share"))
        rows.writerows(
            (persona, "" if target == ANYBODY else target, share) for (persona, target), share in sorted(mixing.items())
        )


def _words(agents: list[Agent], scale: int, served: list[dict[str, Any]], card: dict[str, str], has_mixing: bool) -> str:
    smoke = SMOKE_WORDS if served and served[0]["is_smoke"] else ""
    line = f"```\n{serving_line(served)}\n```" if served else "No adapters were exported when these were drawn."
    graph = "by the mixing matrix of the release" if has_mixing else "by chance: the release has no mixing matrix at this scale"
    return f"""# {len(agents):,} agents of {scale} personas
{smoke}
Drawn from release {card.get("release release_id", "unknown")} of a simpact warehouse. Nobody in here is a person: an agent has
what the release tells of all people of a persona together (words that set it apart, shares of actions, how often, how soon),
and there is nothing in it that anybody wrote. As many agents are of a persona as it has people, in proportion. Whom they
follow is drawn {graph}.

| file | for |
|---|---|
| `{SILISOCS}`, `{SCENARIO}`, `{GRAPH}` | SiliSocS: records, the pipeline that maps them, a predefined graph |
| `{OASIS}` | OASIS: its profiles for Twitter, links included |
| `{MIXING}` | whom a persona acts towards (none: anyone else), at least k people on both sides of a share |
| `{SERVING}` | vLLM: serves the adapters under the names that `model` has |

{line}

Agents of one persona differ in some words and in whom they follow, and in nothing else: the release does not tell how people
differ. Expect less of a long tail than among people.
"""
