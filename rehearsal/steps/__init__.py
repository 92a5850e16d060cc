"""The steps of a case, in the order of their files: intake, meeting, drafting, signing, proof."""
