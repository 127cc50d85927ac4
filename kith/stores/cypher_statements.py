"""Statements of Cypher that are for certain kinds of nodes and ties: what goes, what campaigns have, what there is.

Each that removes without end takes `$limit` and tells how many went, to be run until none does.
"""

from kith.stores.cypher import CAMPAIGN, ENTITY, INTENT, NODES, RELATED, SEEN_WITH

__all__ = [
    "ABOUT_OF",
    "ANYBODYS",
    "BARE",
    "CAMPAIGNS",
    "CLEAR",
    "COUNTS",
    "DELETE_ENTITIES",
    "DELETE_USERS",
    "ENTITIES",
    "LOAD",
    "LOADED",
    "SHARED_ENTITIES",
    "SHARED_INTENTS",
    "SOME_USERS",
    "SWEEP_CAMPAIGNS",
    "SWEEP_INTENTS",
    "TARGETS_OF",
    "UNLEARN",
    "UNLOAD",
    "UNSTATE",
    "UNTIE_CAMPAIGNS",
    "USERS",
]

BARE = """MATCH (u:User)-[t:MENTIONED|STATED|HAS_INTENT|ENGAGED_WITH]->() WHERE u.id IN $users
    DELETE t RETURN count(*)"""
# One for each kind: Neo4j asks an index for the ties of one kind, and for those of two reads all there are.
UNLEARN = [
    f"UNWIND $users AS i MATCH (:Entity)-[t:{tie.name}]->(:Entity) WHERE t.user = i DELETE t RETURN count(*)"
    for tie in (SEEN_WITH, RELATED)
]
UNSTATE = "MATCH (u:User)-[t:STATED]->(:Entity) WHERE u.id IN $users DELETE t"
DELETE_USERS = "MATCH (u:User) WHERE u.id IN $users DELETE u RETURN count(*)"
SOME_USERS = "MATCH (u:User) WHERE u.tenant = $tenant RETURN u.id LIMIT $limit"
CLEAR = [
    f"MATCH (n:{node.label}) WHERE n.tenant = $tenant WITH n LIMIT $limit DETACH DELETE n RETURN count(*)"
    for node in (CAMPAIGN, INTENT, ENTITY)
]
DELETE_ENTITIES = "MATCH (e:Entity) WHERE e.id IN $ids DETACH DELETE e"
SWEEP_CAMPAIGNS = """MATCH (c:Campaign) WHERE c.tenant = $tenant AND c.loaded = false
    AND NOT EXISTS { MATCH (:User)-[:ENGAGED_WITH]->(c) } DELETE c RETURN count(*)"""
SWEEP_INTENTS = """MATCH (i:Intent) WHERE i.tenant = $tenant AND NOT EXISTS { MATCH (:User)-[:HAS_INTENT]->(i) }
    AND NOT EXISTS { MATCH (:Campaign)-[:TARGETS]->(i) } DELETE i"""
LOAD = "UNWIND $rows AS r MATCH (c:Campaign) WHERE c.id = r.id SET c.title = r.title, c.loaded = true"
UNLOAD = "MATCH (c:Campaign) WHERE c.id IN $ids SET c.title = '', c.loaded = false"
UNTIE_CAMPAIGNS = "MATCH (c:Campaign)-[t:TARGETS|ABOUT]->() WHERE c.id IN $ids DELETE t"
LOADED = "MATCH (c:Campaign) WHERE c.id = $id AND c.loaded = true RETURN c.id"
TARGETS_OF = "MATCH (c:Campaign)-[:TARGETS]->(i:Intent) WHERE c.id = $id RETURN i.name"
ABOUT_OF = "MATCH (c:Campaign)-[:ABOUT]->(e:Entity) WHERE c.id = $id RETURN e.type, e.name"
SHARED_INTENTS = """MATCH (u:User)-[:HAS_INTENT]->(i:Intent) WHERE u.id = $user WITH i
    MATCH (i)<-[:TARGETS]-(c:Campaign) RETURN c.campaign_id, i.name"""
SHARED_ENTITIES = """MATCH (u:User)-[:MENTIONED]->(e:Entity) WHERE u.id = $user WITH e
    MATCH (e)<-[:ABOUT]-(c:Campaign) RETURN c.campaign_id, e.type, e.name"""
USERS = "MATCH (u:User) WHERE u.tenant = $tenant{after} RETURN u.user_id ORDER BY u.user_id LIMIT $limit"
ENTITIES = """MATCH (e:Entity) WHERE e.tenant = $tenant AND e.id > $after
    RETURN e.id, e.type, e.name ORDER BY e.id LIMIT $limit"""
CAMPAIGNS = """MATCH (c:Campaign) WHERE c.tenant = $tenant AND c.loaded = true AND c.id > $after
    RETURN c.id, c.campaign_id ORDER BY c.id LIMIT $limit"""
COUNTS = [
    "MATCH (n:User) WHERE n.tenant = $tenant RETURN count(*)",
    "MATCH (n:Entity) WHERE n.tenant = $tenant RETURN count(*)",
    "MATCH (n:Intent) WHERE n.tenant = $tenant RETURN count(*)",
    "MATCH (n:Campaign) WHERE n.tenant = $tenant AND n.loaded = true RETURN count(*)",
    "MATCH (n:User)-[t:MENTIONED|STATED|HAS_INTENT|ENGAGED_WITH]->() WHERE n.tenant = $tenant RETURN count(*)",
    "MATCH (n:Entity)-[t:SEEN_WITH|RELATED]->(:Entity) WHERE n.tenant = $tenant RETURN count(*)",
    "MATCH (n:Campaign)-[t:TARGETS|ABOUT]->() WHERE n.tenant = $tenant RETURN count(*)",
]
"""The fields of `GraphCounts`, the last one in three parts."""
ANYBODYS = [f"MATCH (n:{node.label}) RETURN n.id LIMIT 1" for node in NODES]
