"""The invoice ledger: finalization, the digest chain, proof (S-43 to S-47). No Dagster import."""
