"""Servers of other projects, each as its documentation broadcasts, for `bench hub --peers`. They are installed when asked for."""
