import assert from 'node:assert/strict'
import { it } from 'node:test'
import { chosenLanguage } from '../src/language.js'

const CODES = ['en', 'ja', 'zh']

it('takes the first language that there is', () => {
  assert.equal(chosenLanguage(['zh-Hans-CN', 'ja'], CODES), 'zh')
  assert.equal(chosenLanguage([null, undefined, 'fr-CH', 'JA'], CODES), 'ja')
  assert.equal(chosenLanguage(['en-GB', 'ja'], CODES), 'en')
})

it('falls back to English', () => {
  assert.equal(chosenLanguage(['fr', 'de-AT'], CODES), 'en')
  assert.equal(chosenLanguage(['', '-', 'toString'], CODES), 'en')
  assert.equal(chosenLanguage([], []), 'en')
})
