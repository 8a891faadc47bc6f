"""What our own people say: the occasion, how it reaches whom it is for, what must not leave, promises, templates."""
