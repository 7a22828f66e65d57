"""Classification models of Appendix B.2: the contract, the bundled model, its training and the measured coverage."""
