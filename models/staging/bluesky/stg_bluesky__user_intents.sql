{{ config(materialized="table") }}
-- Grain: one row per person with a current org.user-intents.declaration (proposal 0008): what they allow, NULL where they
-- do not say.
with

    numbered as (
        select *, row_number() over (partition by did order by rev desc, operation_rank desc) as age_rank
        from {{ ref("stg_bluesky__person_events") }}
        where collection = 'org.user-intents.declaration' and rkey = 'self'
    ),

    declarations as (
        select
            did,
            {{
                json_columns(
                    "body",
                    {
                        "bulk_dataset": "bulkDataset.allow",
                        "synthetic_content_generation": "syntheticContentGeneration.allow",
                        "protocol_bridging": "protocolBridging.allow",
                        "public_access_archive": "publicAccessArchive.allow",
                    },
                )
            }}
        from numbered
        where age_rank = 1 and operation <> 'delete'
    )

select
    did,
    bulk_dataset = 'true' as allows_bulk_dataset,
    synthetic_content_generation = 'true' as allows_synthetic_content_generation,
    protocol_bridging = 'true' as allows_protocol_bridging,
    public_access_archive = 'true' as allows_public_access_archive
from declarations
