-- Grain: one row per figure or setting of the release, but for its input files, and what other queries have in full.
select section, item, value
from simpact_release.release.data_card
where section in ('release', 'settings', 'models', 'collection', 'counts', 'privacy')
order by section, item
