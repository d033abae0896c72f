"""The records that the stages of the pipeline hand on, one module a stage, and the errors. A leaf."""
