// NodeumSimulator
