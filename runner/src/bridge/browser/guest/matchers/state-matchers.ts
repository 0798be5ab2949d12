import { record } from '../../../../guest/interface.ts';
import { own } from '../../../directory/guest/own.ts';
import type { Matcher, Matchers } from '../../../tests/guest/expect/matcher.ts';
import { ask } from '../ask.ts';
import { stateOf } from '../remote.ts';
import { lookAtOne, MISSING, type LookName } from './elements.ts';
import { optionsOf } from './page-matchers.ts';
import { isA, locatorText } from './subject.ts';
import { until, type Seen } from './until.ts';

type Look = (locator: object, leftMs: number) => Promise<Seen>;

interface Ways {
  /** The option that turns the matcher around: `{ checked: false }`. */
  option?: string;
  verbs: readonly [is: string, isNot: string];
  look: Look;
}

function ofState({ option, verbs, look }: Ways): Matcher {
  return (locator, args, state) => {
    if (!isA('Locator', locator)) return undefined;
    const options = optionsOf(args[0]) as Record<string, unknown>;
    const isTurned = option !== undefined && options[option] === false;
    return until({
      ...{ state, timeout: options.timeout, expected: undefined },
      subject: locatorText(locator),
      verb: `to be ${isTurned ? verbs[1] : verbs[0]}`,
      look: async (left) => {
        const seen = await own(look(locator, left));
        return isTurned ? record({ ...seen, pass: !seen.pass }) : seen;
      },
    });
  };
}

/** What the host answers, at once. */
function asked(method: string, verbs: Ways['verbs']): Look {
  return async (locator) => {
    const pass = (await own(ask(stateOf(locator), method, []))) as boolean;
    return record({ pass, actual: pass ? verbs[0] : verbs[1] });
  };
}

/** What the host answers once there is an element. */
function awaited(method: string, verbs: Ways['verbs']): Look {
  return async (locator, timeout) => {
    try {
      const pass = (await own(ask(stateOf(locator), method, [record({ timeout })]))) as boolean;
      return record({ pass, actual: pass ? verbs[0] : verbs[1] });
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') return MISSING;
      throw error;
    }
  };
}

function looked(name: LookName, verbs: Ways['verbs']): Look {
  return async (locator) => {
    const found = await own(lookAtOne<boolean>(locator, name));
    return found
      ? record({ pass: found.value, actual: found.value ? verbs[0] : verbs[1] })
      : MISSING;
  };
}

const present: Look = async (locator) => {
  const count = (await own(ask(stateOf(locator), 'count', []))) as number;
  return record({ pass: count > 0, actual: count > 0 ? 'attached' : 'detached' });
};

const VISIBLE = ['visible', 'hidden'] as const;
const HIDDEN = ['hidden', 'visible'] as const;
const CHECKED = ['checked', 'unchecked'] as const;
const ENABLED = ['enabled', 'disabled'] as const;
const DISABLED = ['disabled', 'enabled'] as const;
const EDITABLE = ['editable', 'read only'] as const;
const EMPTY = ['empty', 'not empty'] as const;
const FOCUSED = ['focused', 'not focused'] as const;

const toBeChecked: Matcher = (locator, args, state) => {
  const options = optionsOf(args[0]) as Record<string, unknown>;
  const isThird = options.indeterminate === true;
  const verbs = isThird ? (['indeterminate', 'determinate'] as const) : CHECKED;
  const look = isThird ? looked('indeterminate', verbs) : awaited('isChecked', verbs);
  return ofState({ option: 'checked', verbs, look })(locator, args, state);
};

/** A part of it that can be seen, or at least as large a one as `ratio` says. */
const toBeInViewport: Matcher = (locator, args, state) => {
  const { ratio = 0 } = optionsOf(args[0]) as { ratio?: number };
  const look: Look = async (target) => {
    const found = await own(lookAtOne<number>(target, 'ratio'));
    const part = found?.value ?? 0;
    const pass = part > 0 && part >= ratio - 1e-9;
    return record({ pass, actual: `${part} of it is in the viewport` });
  };
  const verbs = ['in the viewport', 'out of the viewport'] as const;
  return ofState({ verbs, look })(locator, args, state);
};

export const STATE_MATCHERS: Matchers = record({
  ...{ toBeChecked, toBeInViewport },
  toBeAttached: ofState({ option: 'attached', verbs: ['attached', 'detached'], look: present }),
  toBeDisabled: ofState({ verbs: DISABLED, look: awaited('isDisabled', DISABLED) }),
  toBeEditable: ofState({
    option: 'editable',
    verbs: EDITABLE,
    look: awaited('isEditable', EDITABLE),
  }),
  toBeEmpty: ofState({ verbs: EMPTY, look: looked('empty', EMPTY) }),
  toBeEnabled: ofState({
    option: 'enabled',
    verbs: ENABLED,
    look: awaited('isEnabled', ENABLED),
  }),
  toBeFocused: ofState({ verbs: FOCUSED, look: looked('focused', FOCUSED) }),
  toBeHidden: ofState({ verbs: HIDDEN, look: asked('isHidden', HIDDEN) }),
  toBeVisible: ofState({ option: 'visible', verbs: VISIBLE, look: asked('isVisible', VISIBLE) }),
});
