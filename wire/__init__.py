"""What the machines of a village say to each other: names, topics, messages, codec. Pure: no clock, no file, no socket.

Both sides of every hop import this package and nothing of each other. The format is written down for other
implementations in docs/ref/asyncapi.json, which wire.asyncapi makes from the types here.
"""
