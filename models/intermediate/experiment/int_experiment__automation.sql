-- Grain: one row per person who acts and is not withheld: their score, what they say of themselves, and their number as a user.
select
    row_number() over (order by accounts.user_did) as person,
    users.user_number,
    accounts.score,
    automated.user_did is not null as is_automated,
    accounts.is_self_labelled
from {{ ref("account_automation") }} as accounts
left join {{ ref("int_personas__users") }} as users on accounts.user_did = users.user_did
left join {{ ref("int_automation__automated") }} as automated on accounts.user_did = automated.user_did
