"""The annual report to the joint conference (联席会议年度报告): of each township and of the county, from one content.

`content` says what stands in it, `word` and `book` print it; annual.json is the content itself.
"""
