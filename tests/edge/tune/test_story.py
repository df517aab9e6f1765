from pathlib import Path

import pytest

from edge.errors import CameraLost
from edge.settings import Camera
from edge.tune.calibration import promise
from edge.tune.drawing import draw
from edge.tune.look import Looker, replay
from edge.tune.report import promise_lines, story_data, story_lines
from edge.tune.story import MOST_PICTURES, Story, Teller
from edge.tune.words import LANGUAGES
from tests.edge.tune.clips import film


def tell(clip: Path, *, ask: tuple[float, ...] = (), every: float = 0.0, **fields: object) -> Story:
    camera = Camera(name="yard", url="synthetic:empty", **fields)  # type: ignore[arg-type]
    looker, teller = Looker(camera), Teller(camera, ask=ask, every=every)
    for looked in replay(clip, looker):
        teller.feed(looked)
    return teller.stop(looker.stop(), broken=looker.broken)


def test_a_visit_is_told_with_the_track_that_counted(walker: Path) -> None:
    (visit,) = tell(walker).visits

    assert 8.0 <= visit.began < visit.told < 9.5
    assert visit.ended is not None
    assert visit.ended > 12.0
    assert visit.because
    assert all(thing.counts and thing.reach >= 1.0 and thing.rarity >= thing.asked for thing in visit.because)
    assert [track.size for track in visit.tracks] == ["person"]


def test_the_first_frame_of_a_visit_is_kept_as_a_picture(walker: Path) -> None:
    story = tell(walker)

    assert [(frame.title, frame.at) for frame in story.frames] == [("visit", story.visits[0].told)]


def test_a_near_miss_is_told_with_what_it_lacked_and_its_picture(tiny: Path) -> None:
    story = tell(tiny)

    assert not story.visits
    assert story.misses
    assert all(miss.fate.nearest.lacks and miss.fate.counted_at is None for miss in story.misses)
    assert {frame.title for frame in story.frames} == {"near miss"}
    nearest = [miss.fate.nearest.nearness for miss in story.misses]
    assert nearest == sorted(nearest, reverse=True)


def test_a_moment_is_explained_by_the_next_frame_that_was_looked_at(walker: Path) -> None:
    story = tell(walker, ask=(10.0, 3.0))

    quiet, busy = story.asked
    assert (quiet.asked, busy.asked) == (3.0, 10.0)
    assert 3.0 - 0.1 <= quiet.at < 3.3
    assert not quiet.counts
    assert not quiet.things
    assert busy.counts
    assert any(thing.counts for thing in busy.things)


def test_a_track_that_counts_only_later_is_said_to(walker: Path) -> None:
    visit = tell(walker).visits[0]

    (asked,) = tell(walker, ask=(visit.began + 0.1,)).asked

    assert not asked.counts
    assert [fate.counted_at for fate in asked.fates if fate.counted_at is not None] == [visit.told]


def test_a_moment_after_the_end_is_said_to_be_one(walker: Path) -> None:
    story = tell(walker, ask=(99.0,))

    assert story.unanswered == (99.0,)
    assert any("99.00" in line for line in lines_of(story))


def test_a_camera_event_is_told_with_its_evidence(tmp_path: Path) -> None:
    story = tell(film(tmp_path / "cover.mp4", "cover", seconds=18), ask=(12.0,))

    kinds = [moment.kind for moment in story.moments]
    assert "camera_covered" in kinds
    assert all(moment.evidence for moment in story.moments if moment.kind == "camera_covered")


def test_pictures_are_few_however_many_are_asked_for(walker: Path) -> None:
    story = tell(walker, every=0.1, ask=(12.0,))

    titles = [frame.title for frame in story.frames]
    assert titles.count("every") == MOST_PICTURES["every"] < story.looked
    assert {"visit", "asked"} < set(titles)


def test_a_story_of_no_frames_is_refused() -> None:
    with pytest.raises(CameraLost, match="no picture"):
        Teller(Camera(name="yard", url="synthetic:empty")).stop(())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_a_story_are_all_filled_in(language: str, walker: Path, tiny: Path) -> None:
    for clip in (walker, tiny):
        lines = lines_of(tell(clip, ask=(2.0, 8.2, 10.0)), language)

        assert len(lines) >= 6
        assert not any("{" in line or "}" in line for line in lines)
        assert any("一" <= sign <= "鿿" for line in lines for sign in line) is (language == "zh")


def test_data_says_what_the_words_say(tiny: Path) -> None:
    story = tell(tiny, ask=(12.0,))
    data = story_data(story, ifs={}, pictures=[], promise=promise(Camera(name="a", url="synthetic:empty"), (320, 180)))

    assert data["size"] == [320, 180]
    assert [one["thing"]["lacks"] for one in data["near_misses"]] == [one.fate.nearest.lacks for one in story.misses]
    assert data["asked"][0]["asked"] == 12.0


def test_privacy_areas_are_covered_in_the_picture_and_in_every_panel(walker: Path) -> None:
    left = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    frame = tell(walker, ask=(10.0,), privacy=(left,)).frames[0]

    drawn = draw(frame, Camera(name="yard", url="synthetic:empty", privacy=(left,)))

    # Halfway down each part, a strip of the left half, clear of words: one even grey.
    tall = frame.picture.shape[0]
    assert len({tuple(pixel) for pixel in drawn[44 + tall // 2, 20:400].tolist()}) == 1
    for panel in range(3):
        middle = 44 + tall + 22 + 90
        strip = drawn[middle, panel * 320 + 8 : panel * 320 + 150]
        assert len({tuple(pixel) for pixel in strip.tolist()}) == 1


def lines_of(story: Story, language: str = "en") -> list[str]:
    words = promise(Camera(name="a", url="synthetic:empty"), (320, 180))
    spoken = LANGUAGES[LANGUAGES.index(language)]
    return [*story_lines(story, spoken, ifs={}, sensitivity=0.5), *promise_lines(words, spoken)]
